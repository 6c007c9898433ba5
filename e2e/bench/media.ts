import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { onStopSignals } from '#local/supervise/stop-signals.ts';
import {
  clickMarks,
  clickResultSchema,
  costMarks,
  costResultSchema,
  costsResultSchema,
  crowdMarks,
  crowdResultSchema,
  dropMarks,
  dropResultSchema,
  isReached,
  type MediaMark,
  pollingMarks,
  pressMarks,
  pressResultSchema,
  soundMarks,
  soundResultSchema,
} from './media/marks.ts';
import { BENCH_DIR } from './run.ts';

const USAGE = `usage: npm run bench:media -- [--parts press,drop,click,sound,crowd,cost,cpu] [--n 40] [--sound-seconds 600]

What the media node has to reach, part by part, each a program of its own that can be run alone. As root; nothing else should
run on the machine. A table, then a line of JSON.`;

interface Part {
  program: string;
  args: readonly string[];
  marks: (json: unknown) => MediaMark[];
}

const { values } = parseArgs({
  options: {
    parts: { type: 'string', default: 'press,drop,click,sound,crowd,cost,cpu' },
    n: { type: 'string', default: '40' },
    'sound-seconds': { type: 'string', default: '600' },
    help: { type: 'boolean', default: false },
  },
});

const pressFile = join(BENCH_DIR, 'media-press.json');
const PARTS: Record<string, Part> = {
  press: {
    program: 'latency.ts',
    args: ['--targets', 'nearcade,novnc', '--n', values.n, '--out', pressFile],
    marks: () => pressMarks(pressResultSchema.parse(JSON.parse(readFileSync(pressFile, 'utf8')))),
  },
  drop: { program: 'drop.ts', args: [], marks: json => dropMarks(dropResultSchema.parse(json)) },
  sound: {
    program: 'media/sound.ts',
    args: ['--seconds', values['sound-seconds']],
    marks: json => soundMarks(soundResultSchema.parse(json)),
  },
  click: { program: 'click.ts', args: [], marks: json => clickMarks(clickResultSchema.parse(json)) },
  crowd: { program: 'media/crowd.ts', args: [], marks: json => crowdMarks(crowdResultSchema.parse(json)) },
  cost: { program: 'media/cost.ts', args: [], marks: json => pollingMarks(costResultSchema.parse(json)) },
  cpu: { program: 'media/cpu-games.ts', args: [], marks: json => costMarks(costsResultSchema.parse(json)) },
};

async function main(signal: AbortSignal): Promise<number> {
  const names = values.parts.split(',');
  if (values.help || names.some(name => PARTS[name] === undefined)) {
    console.log(USAGE);
    return values.help ? 0 : 2;
  }
  mkdirSync(BENCH_DIR, { recursive: true });
  const begun = new Date();
  const marks: MediaMark[] = [];
  const results: Record<string, unknown> = {};
  const failed: string[] = [];
  for (const name of names) {
    const part = PARTS[name];
    if (part === undefined) continue;
    console.log(`== ${name}`);
    try {
      results[name] = await runProgram(part, signal);
      marks.push(...part.marks(results[name]));
    } catch (error) {
      signal.throwIfAborted();
      failed.push(name);
      console.error(`${name}: ${error instanceof Error ? error.message : error}`);
    }
  }
  console.log(`\n${table(marks)}\n`);
  const [cpu] = cpus();
  const summary = {
    bench: 'media',
    at: begun.toISOString(),
    cpu: cpu?.model,
    cores: cpus().length,
    marks,
    failed,
  };
  const file = join(BENCH_DIR, `media-${begun.toISOString().replaceAll(':', '-')}.json`);
  writeFileSync(file, `${JSON.stringify({ ...summary, results }, null, 2)}\n`);
  console.log(JSON.stringify({ ...summary, file }));
  return failed.length === 0 ? 0 : 1;
}

/** Runs a part, shows what it says, and answers the JSON of its last line. */
async function runProgram({ program, args }: Part, signal: AbortSignal): Promise<unknown> {
  const child = spawn(process.execPath, [join(import.meta.dirname, program), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const stop = () => child.kill('SIGTERM');
  signal.addEventListener('abort', stop);
  let last = '';
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('{')) last = line;
    else if (line !== '') console.log(line);
  }
  signal.removeEventListener('abort', stop);
  signal.throwIfAborted();
  if (last === '') throw new Error(`${program} ended without a result`);
  return JSON.parse(last);
}

function table(marks: readonly MediaMark[]): string {
  const rows = marks.map(mark => [
    mark.name,
    mark.value === null ? '-' : mark.value.toFixed(mark.unit === 'ms' || mark.unit === 'count' ? 0 : 2),
    mark.most === undefined ? `>= ${mark.least}` : `<= ${mark.most}`,
    isReached(mark) ? 'reached' : mark.value === null ? 'not measured' : 'MISSED',
  ]);
  const width = (column: number) => Math.max(...rows.map(row => row[column]?.length ?? 0));
  return rows
    .map(([name = '', figure = '', wanted = '', reached = '']) =>
      [name.padEnd(width(0)), figure.padStart(width(1)), wanted.padEnd(width(2)), reached].join('  '),
    )
    .join('\n');
}

const signal = onStopSignals(() => console.log('Stopping ...'));
try {
  process.exitCode = await main(signal);
} catch (error) {
  if (!signal.aborted) {
    console.error(error);
    process.exitCode = 1;
  }
}
process.exit();
