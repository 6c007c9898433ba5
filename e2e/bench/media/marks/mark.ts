/** One aim of the project for the media node, or a figure that is told without one. */
export interface MediaMark {
  name: string;
  /** Null: not measured in this run. */
  value: number | null;
  /** `value` is to be at most this, or at least; neither: a figure. */
  most?: number;
  least?: number;
  unit: 'ratio' | 'ms' | 'count' | 'part';
  /** What it is made of. */
  note?: string;
}

export type Verdict = 'reached' | 'MISSED' | 'not measured' | 'told';

export function verdictOf({ value, most, least }: MediaMark): Verdict {
  if (value === null || Number.isNaN(value)) return 'not measured';
  if (most === undefined && least === undefined) return 'told';
  const isReached = (most === undefined || value <= most) && (least === undefined || value >= least);
  return isReached ? 'reached' : 'MISSED';
}

/** Null where there is nothing to divide, or by. */
export function quotient(value: number | null | undefined, by: number | null | undefined): number | null {
  const ratio = (value ?? Number.NaN) / (by ?? Number.NaN);
  return Number.isFinite(ratio) ? ratio : null;
}
