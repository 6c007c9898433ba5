import { parseArgs } from 'node:util';
import { measureClickToFrame } from './click-to-frame.ts';

/** `node e2e/bench/click.ts [--runs N]`: from the click to the first frame, with the game started ahead and without. */
const { values } = parseArgs({ options: { runs: { type: 'string', default: '8' } } });
const runs = Number(values.runs);
const ahead = await measureClickToFrame({ prestart: true, runs });
const warm = await measureClickToFrame({ prestart: false, runs });
const figures = Object.entries({ ahead, warm }).map(([name, times]) => {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (part: number) => Math.round(sorted[Math.floor(part * (sorted.length - 1))] ?? Number.NaN);
  return [name, { first: Math.round(times[0] ?? Number.NaN), p50: at(0.5), max: at(1) }] as const;
});
for (const [name, { first, p50, max }] of figures) {
  console.log(`${name.padEnd(6)} first ${first} ms, p50 ${p50} ms, most ${max} ms`);
}
console.log(JSON.stringify({ runs, clickToFrameMs: Object.fromEntries(figures) }));
