import { z } from 'zod';

/** One aim of the project for the media node. */
export interface MediaMark {
  name: string;
  /** Null: not measured in this run. */
  value: number | null;
  /** `value` is to be at most this, or at least. */
  most?: number;
  least?: number;
  unit: 'ratio' | 'ms' | 'count' | 'part';
}

const measurement = z.looseObject({
  p50: z.number().nullable(),
  p90: z.number().nullable(),
  p99: z.number().nullable(),
  misses: z.number(),
  firstFrameWarmMs: z.number(),
});

/** What latency.ts writes. */
export const pressResultSchema = z.looseObject({
  cells: z.array(
    z.looseObject({
      link: z.string(),
      scene: z.string(),
      target: z.string(),
      measurement: measurement.optional(),
      error: z.string().optional(),
    }),
  ),
});
export type PressResult = z.infer<typeof pressResultSchema>;

export const soundResultSchema = z.looseObject({
  pixelP50: z.number(),
  beepP50: z.number().nullable(),
  missedBeeps: z.number(),
  seconds: z.number(),
  gaps: z.number(),
  concealedMs: z.number(),
});

const latency = z.looseObject({ p50: z.number().nullable() });
export const dropResultSchema = z.looseObject({
  before: latency,
  drop: latency.extend({ longestFreezeMs: z.number() }),
  settled: latency.extend({ mbit: z.number() }),
  recovered: latency.extend({ mbit: z.number() }),
});

export const costsResultSchema = z.looseObject({
  costs: z.array(
    z.object({
      game: z.string(),
      picture: z.string(),
      playedPerMinute: z.number(),
      idlePerMinute: z.number(),
      sessionsPerCore: z.number(),
    }),
  ),
});

/** Both ways of the emulated links, in ms (link/profiles.ts). */
const ROUND_TRIP_MS = 20;

/** Mbit/s of the narrow link of drop.ts. */
const NARROW_MBIT = 3;

/** Press to pixel beside noVNC, and on lossy links beside itself. */
export function pressMarks({ cells }: PressResult): MediaMark[] {
  const of = (link: string, scene: string, target: string) =>
    cells.find(cell => cell.link === link && cell.scene === scene && cell.target === target)?.measurement;
  const marks: MediaMark[] = [];
  for (const [scene, most] of [
    ['still', 0.8],
    ['busy', 0.8],
    ['scroll', 0.18],
  ] as const) {
    const ours = of('none', scene, 'nearcade');
    const theirs = of('none', scene, 'novnc');
    const value = quotient(ours?.p50, theirs?.p50);
    marks.push({ name: `press to pixel, ${scene}: p50 over noVNC's`, value, most, unit: 'ratio' });
    const spread = quotient(ours?.p90, ours?.p50);
    marks.push({ name: `press to pixel, ${scene}: p90 over p50`, value: spread, most: 1.5, unit: 'ratio' });
    for (const link of ['wan-0.5', 'wan-1']) {
      const lossy = of(link, scene, 'nearcade');
      const allowed = ours?.p90 == null ? null : 1.2 * ours.p90 + ROUND_TRIP_MS;
      const tail = quotient(lossy?.p90, allowed);
      const name = `${link}, ${scene}:`;
      marks.push({
        name: `${name} p90 over 1.2 p90 unimpaired + round trip`,
        value: tail,
        most: 1,
        unit: 'ratio',
      });
      marks.push({
        name: `${name} p99 over p50`,
        value: quotient(lossy?.p99, lossy?.p50),
        most: 2.5,
        unit: 'ratio',
      });
      marks.push({ name: `${name} missed presses`, value: lossy?.misses ?? null, most: 0, unit: 'count' });
    }
  }
  const warm = cells.filter(cell => cell.link === 'none' && cell.target === 'nearcade');
  const first = warm.flatMap(cell => cell.measurement?.firstFrameWarmMs ?? []).sort((a, b) => a - b);
  marks.push({
    name: 'click to first frame, warm slot',
    value: first[first.length >> 1] ?? null,
    most: 700,
    unit: 'ms',
  });
  return marks;
}

export function soundMarks(sound: z.infer<typeof soundResultSchema>): MediaMark[] {
  const behind = sound.beepP50 === null ? null : sound.beepP50 - sound.pixelP50;
  return [
    { name: 'sound: beep after pixel, p50', value: behind, most: 60, unit: 'ms' },
    { name: `sound: made up in ${sound.seconds} s`, value: sound.concealedMs, most: 0, unit: 'ms' },
  ];
}

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
    },
    {
      name: '20 to 3 Mbit/s: part of the new rate in use',
      value: settled.mbit / NARROW_MBIT,
      least: 0.8,
      unit: 'part',
    },
    {
      name: 'wide again: p50 over before',
      value: quotient(recovered.p50, before.p50),
      most: 1.3,
      unit: 'ratio',
    },
  ];
}

export function costMarks({ costs }: z.infer<typeof costsResultSchema>): MediaMark[] {
  const novel = costs.find(cost => cost.game === 'the-question' && cost.picture.startsWith('640'));
  const idle = novel === undefined ? null : novel.idlePerMinute / 60;
  return [{ name: 'an idle visual novel, of a core', value: idle, most: 0.03, unit: 'part' }];
}

const times = z.looseObject({ first: z.number(), p50: z.number() });
export const clickResultSchema = z.looseObject({ clickToFrameMs: z.object({ ahead: times, warm: times }) });

export function clickMarks({
  clickToFrameMs: { ahead, warm },
}: z.infer<typeof clickResultSchema>): MediaMark[] {
  return [
    { name: 'click to first frame, game started ahead: p50', value: ahead.p50, most: 700, unit: 'ms' },
    { name: 'click to first frame, game started then: p50', value: warm.p50, most: 700, unit: 'ms' },
    {
      name: 'click to first frame, the very first of a page and node',
      value: warm.first,
      most: 3000,
      unit: 'ms',
    },
  ];
}

export const crowdResultSchema = z.looseObject({
  alone: latency,
  watched: latency,
  spectators: z.number(),
  packets: z.number(),
  lost: z.number(),
});

export function crowdMarks({ alone, watched, spectators }: z.infer<typeof crowdResultSchema>): MediaMark[] {
  const name = `press to pixel p50 with ${spectators} spectators over without`;
  return [{ name, value: quotient(watched.p50, alone.p50), most: 1.15, unit: 'ratio' }];
}

export const costResultSchema = z.looseObject({
  scenes: z.array(z.object({ scene: z.string(), nearcade: z.number(), polling: z.number() })),
});

export function pollingMarks({ scenes }: z.infer<typeof costResultSchema>): MediaMark[] {
  return scenes.map(({ scene, nearcade, polling }) => ({
    name: `processor time, ${scene}, over x264 fed by polling`,
    value: quotient(nearcade, polling),
    most: 0.6,
    unit: 'ratio',
  }));
}

export function isReached({ value, most, least }: MediaMark): boolean {
  return value !== null && (most === undefined || value <= most) && (least === undefined || value >= least);
}

function quotient(value: number | null | undefined, by: number | null | undefined): number | null {
  const ratio = (value ?? Number.NaN) / (by ?? Number.NaN);
  return Number.isFinite(ratio) ? ratio : null;
}
