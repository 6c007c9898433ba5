import type { Measurement } from './measure.ts';
import { type Cell, referenceOf } from './table.ts';

/** One aim of the project: `ok` when `value` is at most `mark`. */
export interface Mark {
  name: string;
  /** Null: not measured. */
  value: number | null;
  mark: number;
  ok: boolean;
}

/** Press to pixel, p50 of Nearcade over p50 of the reference on the same machine without an emulated link. */
const MOST_BUSY_RATIO = 1;
const MOST_SCROLL_RATIO = 0.25;
/** From the click to the picture, with a slot that is warm. */
const MOST_FIRST_FRAME_MS = 1_000;

/** Judges a run by the marks of the project; those whose scene or link was left out are left out too. */
export function judge(cells: readonly Cell[]): Mark[] {
  const ours = cells.filter(cell => cell.target === 'nearcade');
  const local = (scene: string) => ours.find(cell => cell.link === 'none' && cell.scene === scene);
  const marks: Mark[] = [];
  const add = (name: string, value: number | null, mark: number) =>
    marks.push({ name, value, mark, ok: value !== null && value <= mark });
  for (const [scene, most] of [
    ['busy', MOST_BUSY_RATIO],
    ['scroll', MOST_SCROLL_RATIO],
  ] as const) {
    const cell = local(scene);
    if (cell !== undefined) add(`press to pixel p50, ${scene}, ratio to noVNC`, ratio(cells, cell), most);
  }
  const lossy = ours.filter(cell => cell.link === 'wan-1');
  if (lossy.length > 0)
    add(
      'missed presses at 1% loss',
      sumOf(lossy, m => m.misses),
      0,
    );
  const near = ours.filter(cell => cell.link === 'none');
  if (near.length > 0)
    add(
      'first frame with a warm slot, ms',
      worstOf(near, m => m.firstFrameWarmMs),
      MOST_FIRST_FRAME_MS,
    );
  return marks;
}

function ratio(cells: readonly Cell[], cell: Cell): number | null {
  const reference = referenceOf(cells, cell);
  const value = (cell.measurement?.p50 ?? Number.NaN) / (reference?.p50 ?? Number.NaN);
  return Number.isFinite(value) ? round(value) : null;
}

type Figure = (measurement: Measurement) => number | null;

/** Null when any of them failed. */
function valuesOf(cells: readonly Cell[], figure: Figure): number[] | null {
  const values = cells.map(({ measurement }) => (measurement === undefined ? null : figure(measurement)));
  return values.some(value => value === null) ? null : values.filter(value => value !== null);
}

function sumOf(cells: readonly Cell[], figure: Figure): number | null {
  return valuesOf(cells, figure)?.reduce((sum, value) => sum + value, 0) ?? null;
}

function worstOf(cells: readonly Cell[], figure: Figure): number | null {
  const values = valuesOf(cells, figure);
  return values === null ? null : round(Math.max(...values));
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
