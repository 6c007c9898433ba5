import { type MediaMark, verdictOf } from './marks/mark.ts';

const HEAD = ['mark', 'reached', 'aim', '', 'made of'] as const;

/** A table in Markdown, a row a mark, so that it can be put into the README as it is. */
export function formatMarks(marks: readonly MediaMark[]): string {
  const rows = marks.map(mark => [mark.name, figure(mark), wanted(mark), verdictOf(mark), mark.note ?? '']);
  const widths = HEAD.map((title, i) => Math.max(3, title.length, ...rows.map(row => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`;
  return [HEAD, widths.map(width => '-'.repeat(width)), ...rows].map(line).join('\n');
}

function figure({ value, unit }: MediaMark): string {
  if (value === null || Number.isNaN(value)) return '-';
  if (!Number.isFinite(value)) return 'never';
  if (unit === 'ms') return `${value.toFixed(0)} ms`;
  return unit === 'count' ? value.toFixed(0) : value.toFixed(2);
}

function wanted({ most, least, unit }: MediaMark): string {
  const suffix = unit === 'ms' ? ' ms' : '';
  if (most !== undefined) return `at most ${most}${suffix}`;
  return least === undefined ? '' : `at least ${least}${suffix}`;
}
