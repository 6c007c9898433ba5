import type { JSX } from 'preact';

const WIDTH = 600;
const HEIGHT = 140;
const PAD = 4;

export interface Point {
  at: string;
  /** Null: not known. The line has a gap there. */
  value: number | null;
}

const NUMBER = new Intl.NumberFormat();
const DAY = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeZone: 'UTC' });

/** One line over time from zero up, with its highest value and its range. */
export function LineChart({ title, points }: { title: string; points: readonly Point[] }): JSX.Element {
  const highest = Math.max(0, ...points.map(({ value }) => value ?? 0));
  const top = Math.max(1, highest);
  const [first, last] = [points[0], points.at(-1)];
  return (
    <figure class="panel admin-chart">
      <figcaption>
        {title}
        <span class="muted"> up to {NUMBER.format(highest)}</span>
      </figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={summaryOf(title, points)}>
        <line class="admin-axis" x1="0" y1={HEIGHT - PAD} x2={WIDTH} y2={HEIGHT - PAD} />
        {partsOf(points).map(part => (
          <polyline
            key={part[0]?.index}
            class="admin-line"
            points={part
              .map(({ index, value }) => {
                const x = points.length < 2 ? WIDTH / 2 : (index / (points.length - 1)) * WIDTH;
                return `${x.toFixed(1)},${(HEIGHT - PAD - (value / top) * (HEIGHT - 2 * PAD)).toFixed(1)}`;
              })
              .join(' ')}
          />
        ))}
      </svg>
      <div class="admin-range muted">
        <span>{first ? DAY.format(new Date(first.at)) : ''}</span>
        <span>{last ? DAY.format(new Date(last.at)) : ''}</span>
      </div>
    </figure>
  );
}

/** Runs of points that are known. */
function partsOf(points: readonly Point[]): { index: number; value: number }[][] {
  const parts: { index: number; value: number }[][] = [];
  let current: { index: number; value: number }[] = [];
  for (const [index, { value }] of points.entries()) {
    if (value === null) current = [];
    else {
      if (current.length === 0) parts.push(current);
      current.push({ index, value });
    }
  }
  return parts;
}

function summaryOf(title: string, points: readonly Point[]): string {
  const last = points.findLast(({ value }) => value !== null);
  return last === undefined
    ? `${title}: nothing known`
    : `${title}: ${NUMBER.format(last.value ?? 0)} at last`;
}
