import { z } from 'zod';
import { type MediaMark, quotient } from './mark.ts';

const latency = z.looseObject({ p50: z.number().nullable(), mbit: z.number().optional() });

/** What drop.ts prints. */
export const dropResultSchema = z.looseObject({
  before: latency,
  drop: latency.extend({ longestFreezeMs: z.number() }),
  settled: latency.extend({ mbit: z.number(), linkMbit: z.number() }),
  recovered: latency.extend({ mbit: z.number() }),
});

/** Mbit/s of the narrow link of drop.ts. */
const NARROW_MBIT = 3;

export function dropMarks({
  before,
  drop,
  settled,
  recovered,
}: z.infer<typeof dropResultSchema>): MediaMark[] {
  return [
    { name: '20 to 3 Mbit/s: longest freeze', value: drop.longestFreezeMs, most: 500, unit: 'ms' },
    {
      name: '20 to 3 Mbit/s: p50 after 3 s over before',
      value: quotient(settled.p50, before.p50),
      most: 1.3,
      unit: 'ratio',
      note: `${settled.p50} and ${before.p50} ms`,
    },
    {
      name: '20 to 3 Mbit/s: part of the new rate in use',
      value: settled.linkMbit / NARROW_MBIT,
      least: 0.8,
      unit: 'part',
      note: `${settled.linkMbit} Mbit/s of frames, of them ${settled.mbit} of picture`,
    },
    {
      name: 'wide again: p50 over before',
      value: quotient(recovered.p50, before.p50),
      most: 1.3,
      unit: 'ratio',
      note: `${recovered.p50} ms`,
    },
    {
      name: 'wide again: rate over before',
      value: quotient(recovered.mbit, before.mbit),
      least: 0.8,
      unit: 'part',
      note: `${recovered.mbit} Mbit/s`,
    },
  ];
}

/** What cut.ts prints. */
export const cutResultSchema = z.looseObject({
  cutMs: z.number(),
  /** After each cut; null: it did not come back. */
  backMs: z.array(z.number().nullable()).min(1),
});

export function cutMarks({ cutMs, backMs }: z.infer<typeof cutResultSchema>): MediaMark[] {
  return [
    {
      name: `a cut of ${cutMs / 1000} s: picture back, the slowest of ${backMs.length}`,
      value: Math.max(...backMs.map(ms => ms ?? Number.POSITIVE_INFINITY)),
      most: 1000,
      unit: 'ms',
      note: `${backMs.map(ms => ms?.toFixed(0) ?? 'never').join(', ')} ms`,
    },
  ];
}
