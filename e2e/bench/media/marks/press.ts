import { z } from 'zod';
import { LINK_PROFILES } from '../../link/profiles.ts';
import { SCENES, type Scene } from '../../targets/target.ts';
import { type MediaMark, quotient } from './mark.ts';

/** Milliseconds; null in JSON is Infinity: a press that never showed. */
const time = z.number().nullable();

const measurementSchema = z.looseObject({
  n: z.number(),
  p50: time,
  p90: time,
  p99: time,
  misses: z.number(),
  floor: z
    .object({
      inputMs: z.number(),
      grabMs: z.number(),
      encodeMs: z.number(),
      decodeMs: z.number(),
      halfRefreshMs: z.number(),
      totalMs: z.number(),
    })
    .nullable(),
});
type Measured = z.infer<typeof measurementSchema>;

/** What latency.ts writes. */
export const pressResultSchema = z.looseObject({
  cells: z.array(
    z.looseObject({
      link: z.string(),
      scene: z.string(),
      target: z.string(),
      measurement: measurementSchema.optional(),
      error: z.string().optional(),
    }),
  ),
});
export type PressResult = z.infer<typeof pressResultSchema>;

/** Of noVNC's p50, in the same run. */
const MOST_OF_NOVNC: Record<Scene, number> = { still: 0.8, busy: 0.8, scroll: 0.18 };
const MOST_P90_OF_P50 = 1.5;
const MOST_OF_FLOOR = 1.25;
const MOST_OF_OWN_P90 = 1.2;
const MOST_P99_OF_P50 = 2.5;

/** Press to pixel on loopback beside noVNC, beside itself and beside what it can't be less than. */
export function pressMarks(result: PressResult): MediaMark[] {
  return SCENES.flatMap(scene => {
    const ours = measurementOf(result, 'none', scene, 'nearcade');
    const theirs = measurementOf(result, 'none', scene, 'novnc');
    const name = `press to pixel, ${scene}`;
    return [
      {
        name: `${name}: p50 over noVNC's`,
        value: quotient(ours?.p50, theirs?.p50),
        most: MOST_OF_NOVNC[scene],
        unit: 'ratio' as const,
        note: `${ms(ours?.p50)} and ${ms(theirs?.p50)} ms`,
      },
      {
        name: `${name}: p90 over p50`,
        value: quotient(ours?.p90, ours?.p50),
        most: MOST_P90_OF_P50,
        unit: 'ratio' as const,
        note: `${ms(ours?.p90)} ms`,
      },
      {
        name: `${name}: p50 over the floor`,
        value: quotient(ours?.p50, ours?.floor?.totalMs),
        most: MOST_OF_FLOOR,
        unit: 'ratio' as const,
        note: floorText(ours?.floor),
      },
    ];
  });
}

/** Lossy links beside the same page without one, in the same run. */
export function wanMarks(result: PressResult): MediaMark[] {
  return (['wan-0.5', 'wan-1'] as const).flatMap(link => {
    const roundTrip = 2 * LINK_PROFILES[link].delayMs;
    return SCENES.flatMap(scene => {
      const own = measurementOf(result, 'none', scene, 'nearcade');
      const lossy = measurementOf(result, link, scene, 'nearcade');
      const allowed = own?.p90 == null ? null : MOST_OF_OWN_P90 * own.p90 + roundTrip;
      const name = `${link}, ${scene}`;
      return [
        {
          name: `${name}: p90 over ${MOST_OF_OWN_P90} unimpaired p90 + round trip`,
          value: quotient(lossy?.p90, allowed),
          most: 1,
          unit: 'ratio' as const,
          note: `${ms(lossy?.p90)} of ${ms(allowed)} ms`,
        },
        {
          name: `${name}: p99 over p50`,
          value: quotient(lossy?.p99, lossy?.p50),
          most: MOST_P99_OF_P50,
          unit: 'ratio' as const,
          note: `${ms(lossy?.p99)} and ${ms(lossy?.p50)} ms`,
        },
        {
          name: `${name}: missed presses`,
          value: lossy?.misses ?? null,
          most: 0,
          unit: 'count' as const,
          note: `of ${lossy?.n ?? 0}`,
        },
      ];
    });
  });
}

function measurementOf(
  { cells }: PressResult,
  link: string,
  scene: Scene,
  target: string,
): Measured | undefined {
  return cells.find(cell => cell.link === link && cell.scene === scene && cell.target === target)
    ?.measurement;
}

function floorText(floor: Measured['floor'] | undefined): string {
  if (floor == null) return '';
  const { inputMs, grabMs, encodeMs, decodeMs, halfRefreshMs, totalMs } = floor;
  return (
    `floor ${totalMs.toFixed(1)} ms = input ${inputMs.toFixed(1)} + grab ${grabMs.toFixed(1)} + encode ` +
    `${encodeMs.toFixed(1)} + decode ${decodeMs.toFixed(1)} + half a refresh ${halfRefreshMs.toFixed(1)}`
  );
}

function ms(value: number | null | undefined): string {
  return value == null ? '-' : value.toFixed(1);
}
