import { type MediaMark, verdictOf } from './marks/mark.ts';

/** One row a mark: what was reached, the mark, whether, and what it is made of. */
export function formatMarks(marks: readonly MediaMark[]): string {
  const rows = marks.map(mark => [mark.name, figure(mark), wanted(mark), verdictOf(mark), mark.note ?? '']);
  const width = (column: number) => Math.max(...rows.map(row => row[column]?.length ?? 0));
  return rows
    .map(([name = '', value = '', most = '', verdict = '', note = '']) =>
      [name.padEnd(width(0)), value.padStart(width(1)), most.padEnd(width(2)), verdict.padEnd(width(3)), note]
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function figure({ value, unit }: MediaMark): string {
  if (value === null || Number.isNaN(value)) return '-';
  if (!Number.isFinite(value)) return 'never';
  if (unit === 'ms') return `${value.toFixed(0)} ms`;
  return unit === 'count' ? value.toFixed(0) : value.toFixed(2);
}

function wanted({ most, least, unit }: MediaMark): string {
  const suffix = unit === 'ms' ? ' ms' : '';
  if (most !== undefined) return `<= ${most}${suffix}`;
  return least === undefined ? '' : `>= ${least}${suffix}`;
}
