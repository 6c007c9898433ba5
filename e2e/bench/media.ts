import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { onStopSignals } from '#local/supervise/stop-signals.ts';
import { type MediaMark, verdictOf } from './media/marks/mark.ts';
import { PART_NAMES, type Part, type PartName, partOf } from './media/parts.ts';
import { formatMarks } from './media/table.ts';
import { BENCH_DIR } from './run.ts';
import { SCENES } from './targets/target.ts';

const USAGE = `npm run bench:media [-- options]
  --parts A,B          of ${PART_NAMES.join(', ')} (default all)
  --scenes A,B         of ${SCENES.join(', ')}, for press and wan (default all)
  --n N                presses a scene on loopback (default 40)
  --wan-n N            presses a scene in the part wan (default 50)
  --sound-seconds N    how long gaps in the sound are listened for (default 60; the mark is about 600)

What the media node has to reach, part by part, each a program of its own. As root; nothing else should run on the machine.
A table, then a line of JSON.`;

const { values } = parseArgs({
  options: {
    parts: { type: 'string', default: PART_NAMES.join(',') },
    scenes: { type: 'string', default: SCENES.join(',') },
    n: { type: 'string', default: '40' },
    'wan-n': { type: 'string', default: '50' },
    'sound-seconds': { type: 'string', default: '60' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

async function main(signal: AbortSignal): Promise<number> {
  const names = values.parts.split(',');
  if (values.help || !names.every(isPart)) {
    console.log(USAGE);
    return values.help ? 0 : 2;
  }
  if (process.getuid?.() !== 0) console.log('Not root: the parts with emulated links cannot be measured.');
  mkdirSync(BENCH_DIR, { recursive: true });
  const begun = new Date();
  const marks: MediaMark[] = [];
  const results: Partial<Record<PartName, unknown>> = {};
  const seconds: Partial<Record<PartName, number>> = {};
  const failed: string[] = [];
  for (const name of names) {
    const part = partOf(name, {
      n: values.n,
      wanN: values['wan-n'],
      scenes: values.scenes,
      soundSeconds: values['sound-seconds'],
    });
    console.log(`== ${name}`);
    const started = performance.now();
    try {
      results[name] = await runPart(part, signal);
      marks.push(...part.marks(results[name]));
    } catch (error) {
      failed.push(name);
      // What was measured before somebody stopped it is told.
      if (signal.aborted) break;
      console.error(`${name}: ${error instanceof Error ? error.message : error}`);
    }
    seconds[name] = Math.round((performance.now() - started) / 1000);
  }
  console.log(`\n${formatMarks(marks)}\n`);
  const [cpu] = cpus();
  const summary = {
    bench: 'media',
    at: begun.toISOString(),
    cpu: cpu?.model,
    cores: cpus().length,
    seconds,
    marks: marks.map(mark => ({ ...mark, verdict: verdictOf(mark) })),
    failed,
  };
  const file = join(BENCH_DIR, `media-${begun.toISOString().replaceAll(':', '-')}.json`);
  writeFileSync(file, `${JSON.stringify({ ...summary, results }, null, 2)}\n`);
  console.log(JSON.stringify({ ...summary, file }));
  return failed.length === 0 ? 0 : 1;
}

function isPart(name: string): name is PartName {
  return (PART_NAMES as readonly string[]).includes(name);
}

/** Runs a part, shows what it says, and answers its result. */
async function runPart({ program, args, file }: Part, signal: AbortSignal): Promise<unknown> {
  if (file !== undefined) rmSync(file, { force: true });
  const child = spawn(process.execPath, [join(import.meta.dirname, program), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    // A terminal's Ctrl-C reaches it through us, once.
    detached: true,
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
  return JSON.parse(file === undefined ? last : readFileSync(file, 'utf8'));
}

const signal = onStopSignals(() => console.log('Stopping ...'));
try {
  const code = await main(signal);
  if (!signal.aborted) process.exitCode = code;
} catch (error) {
  if (!signal.aborted) {
    console.error(error);
    process.exitCode = 1;
  }
}
process.exit();
