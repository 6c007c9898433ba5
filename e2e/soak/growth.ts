/** One figure over the run: what it was at each look. */
export interface Series {
  name: string;
  unit: string;
  /** What it may grow by from the run's second half to its last, in its unit; what is less is breathing. */
  allowance: number;
  values: number[];
}

export interface Verdict {
  name: string;
  unit: string;
  first: number;
  last: number;
  /** Growth over the whole run, by the line that most pairs of looks agree on. */
  growth: number;
  allowance: number;
  grows: boolean;
}

/** The part of the looks that is left out: caches fill, the JIT compiles, pools get their size. */
const WARM_UP = 0.25;

/**
 * Whether a figure grows: the Theil-Sen slope (the median of the slopes of all pairs; Sen, 1968), which single peaks do not move, over
 * the looks after the warm-up, is more than its allowance from the first to the last of them.
 */
export function judge({ name, unit, allowance, values }: Series): Verdict {
  const settled = values.slice(Math.floor(values.length * WARM_UP));
  const growth = medianSlope(settled) * Math.max(0, settled.length - 1);
  return {
    name,
    unit,
    first: settled[0] ?? 0,
    last: settled.at(-1) ?? 0,
    growth,
    allowance,
    grows: growth > allowance,
  };
}

function medianSlope(values: readonly number[]): number {
  const slopes: number[] = [];
  for (const [from, before] of values.entries()) {
    for (const [steps, after] of values.slice(from + 1).entries())
      slopes.push((after - before) / (steps + 1));
  }
  slopes.sort((a, b) => a - b);
  const middle = Math.floor(slopes.length / 2);
  if (slopes.length === 0) return 0;
  return slopes.length % 2 === 1
    ? (slopes[middle] ?? 0)
    : ((slopes[middle - 1] ?? 0) + (slopes[middle] ?? 0)) / 2;
}

export function table(verdicts: readonly Verdict[]): string {
  const head = ['figure', 'first', 'last', 'growth', 'allowed', ''];
  const rows = verdicts.map(({ name, unit, first, last, growth, allowance, grows }) => [
    `${name} (${unit})`,
    first.toFixed(1),
    last.toFixed(1),
    growth.toFixed(1),
    allowance.toFixed(1),
    grows ? 'GROWS' : 'steady',
  ]);
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map(row => (row[column] ?? '').length)));
  return all
    .map(row =>
      row
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
