import type { Measurement } from './measure.ts';

/** One measurement, and what it is of. A target that failed has the reason in place of figures. */
export interface Cell {
  link: string;
  scene: string;
  target: string;
  measurement?: Measurement;
  error?: string;
}

/** The system that every figure of Nearcade is divided by. */
export const REFERENCE = 'novnc';

const COLUMNS: [
  title: string,
  figure: (m: Measurement) => number | null,
  digits: number,
  hasRatio: boolean,
][] = [
  ['p50 ms', m => m.p50, 0, true],
  ['p90 ms', m => m.p90, 0, true],
  ['p99 ms', m => m.p99, 0, true],
  ['floor ms', m => m.floor?.totalMs ?? null, 1, false],
  ['missed', m => m.misses, 0, false],
  ['fps', m => m.fps, 0, true],
  ['jitter buf ms', m => m.jitterBufferMs, 1, false],
  ['decode ms', m => m.decodeMs, 1, false],
  ['Mbit/s', m => m.mbit, 1, false],
  ['CPU s/min', m => m.serverCpuPerMinute, 0, true],
  ['1st frame ms', m => m.firstFrameColdMs, 0, true],
  ['warm ms', m => m.firstFrameWarmMs, 0, true],
];

/** The reference's measurement of the same scene over the same link. */
export function referenceOf(cells: readonly Cell[], cell: Cell): Measurement | undefined {
  return cells.find(one => one.target === REFERENCE && one.link === cell.link && one.scene === cell.scene)
    ?.measurement;
}

/** A plain table, one row a cell; beside Nearcade's figures stands their ratio to the reference's in brackets. */
export function formatTable(cells: readonly Cell[]): string {
  const head = ['link', 'scene', 'target', ...COLUMNS.map(([title]) => title)];
  const rows = cells.map(cell => [cell.link, cell.scene, cell.target, ...figures(cells, cell)]);
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map(row => row[i]?.length ?? 0)));
  const line = (row: string[]) =>
    row
      .map((text, i) => (i < 3 ? text.padEnd(widths[i] ?? 0) : text.padStart(widths[i] ?? 0)))
      .join('  ')
      .trimEnd();
  const failures = cells.flatMap(c =>
    c.error === undefined ? [] : [`${c.link} ${c.scene} ${c.target}: ${c.error}`],
  );
  return [line(head), line(widths.map(width => '-'.repeat(width))), ...rows.map(line), ...failures].join(
    '\n',
  );
}

function figures(cells: readonly Cell[], cell: Cell): string[] {
  const { measurement } = cell;
  if (measurement === undefined) return ['failed'];
  const reference = cell.target === 'nearcade' ? referenceOf(cells, cell) : undefined;
  return COLUMNS.map(([, figure, digits, hasRatio]) => {
    const value = figure(measurement);
    const divisor = reference === undefined || !hasRatio ? null : figure(reference);
    return `${formatNumber(value, digits)}${formatRatio(value, divisor)}`;
  });
}

function formatNumber(value: number | null, digits: number): string {
  if (value === null || Number.isNaN(value)) return '-';
  return Number.isFinite(value) ? value.toFixed(digits) : 'never';
}

function formatRatio(value: number | null, divisor: number | null): string {
  if (value === null || divisor === null) return '';
  const ratio = value / divisor;
  return Number.isFinite(ratio) ? ` (${ratio.toFixed(2)})` : '';
}
