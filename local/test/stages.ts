import { spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { NEARCADE_DIR, ROOT } from '../paths.ts';
import type { Progress } from '../setup/progress.ts';
import { CHILD_MARK } from '../supervise/child.ts';
import { hasEnvironment, killAll } from '../supervise/processes.ts';
import { type FileReport, readReport } from './report.ts';

export interface Counts {
  passed: number;
  failed: number;
}

/** One program of the test run. */
export interface Stage {
  /** What `npm test -- <name>` calls it. */
  name: string;
  /** What node runs: a program of node_modules and its arguments. */
  command: readonly string[];
  /** A runner that counts its tests into a report; any other stage is one test, by its exit code. */
  counts: boolean;
}

const bin = (...path: string[]) => join(ROOT, 'node_modules', ...path);
const TSC = bin('typescript', 'bin', 'tsc');
const BIOME = bin('@biomejs', 'biome', 'bin', 'biome');
const VITEST = bin('vitest', 'vitest.mjs');
const vitest = (config: string) => [VITEST, 'run', '--config', config];

/** Cheapest first. Each runs whatever became of the others. */
export const STAGES: readonly Stage[] = [
  { name: 'types', command: [TSC, '--noEmit'], counts: false },
  { name: 'types-edge', command: [TSC, '--noEmit', '-p', 'edge'], counts: false },
  { name: 'types-web', command: [TSC, '--noEmit', '-p', 'edge/web'], counts: false },
  {
    name: 'lint',
    command: [BIOME, 'ci', `--colors=${process.stdout.isTTY ? 'force' : 'off'}`, '.'],
    counts: false,
  },
  { name: 'terraform', command: [join(ROOT, 'terraform', 'check', 'main.ts')], counts: false },
  { name: 'unit', command: vitest('vitest.config.ts'), counts: true },
  { name: 'workerd', command: vitest('edge/vitest.config.ts'), counts: true },
  { name: 'browser', command: vitest('e2e/vitest.config.ts'), counts: true },
  { name: 'image', command: vitest('e2e/image/vitest.config.ts'), counts: true },
];

/** Runs the stages one after the other, each with its own output on the terminal, and sums up what they counted. */
export async function runStages(
  stages: readonly Stage[],
  progress: Progress,
  signal: AbortSignal,
): Promise<Counts> {
  const lines: string[] = [];
  const total: Counts = { passed: 0, failed: 0 };
  for (const stage of stages) {
    signal.throwIfAborted();
    progress.line(`\n=== ${stage.name}`);
    const { passed, failed, notes } = await runStage(stage, progress, signal);
    total.passed += passed;
    total.failed += failed;
    lines.push(`${stage.name}: ${passed} passed, ${failed} failed`, ...notes.map(note => `  ${note}`));
  }
  progress.line(`\n${lines.join('\n')}\n`);
  return total;
}

/** What a stage counted, and a line for each failure: the end of a long log says what to look for in it. */
interface Result extends Counts {
  notes: string[];
}

async function runStage(stage: Stage, progress: Progress, signal: AbortSignal): Promise<Result> {
  if (!stage.counts) {
    const code = await run(stage.command, `${stage.name}/${process.pid}`, signal);
    signal.throwIfAborted();
    return { passed: Number(code === 0), failed: Number(code !== 0), notes: [] };
  }
  const first = await runVitest(stage, [], signal);
  const broken = first.files.filter(file => file.failed > 0);
  if (broken.length === 0 || broken.length > MAX_SECOND_TRIES) return sum(first, []);

  progress.line(`\n=== ${stage.name}: a second try, one file at a time`);
  const paths = broken.map(file => file.path);
  const second = await runVitest(stage, ['--no-file-parallelism', ...paths], signal);
  const files = [...first.files.filter(file => file.failed === 0), ...second.files];
  return sum({ ...second, files }, broken);
}

/**
 * Tests of media run against the clock, on machines that others use too: what failed beside others is tried once more by
 * itself, and named in the summary whatever came of it. When more files than these fail it is not the machine.
 */
const MAX_SECOND_TRIES = 6;

interface VitestRun {
  files: FileReport[];
  /** It failed, by no test of its: it died, or an error came up outside of any. */
  hasFailedOutside: boolean;
}

async function runVitest(stage: Stage, options: readonly string[], signal: AbortSignal): Promise<VitestRun> {
  const report = join(NEARCADE_DIR, 'reports', `${stage.name}.json`);
  mkdirSync(join(NEARCADE_DIR, 'reports'), { recursive: true });
  rmSync(report, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const code = await run(
    [...stage.command, ...reporters, ...options],
    `${stage.name}/${process.pid}`,
    signal,
  );
  signal.throwIfAborted();
  const files = readReport(report) ?? [];
  return { files, hasFailedOutside: code !== 0 && files.every(file => file.failed === 0) };
}

/** Sums a run up; `retried` is what had failed at the first try. */
export function sum(run: VitestRun, retried: readonly FileReport[]): Result {
  const note = (label: string) => (file: FileReport) =>
    file.failures.map(line => `${label}: ${relative(ROOT, file.path)} > ${line}`);
  return {
    passed: run.files.reduce((passed, file) => passed + file.passed, 0),
    failed: run.files.reduce((failed, file) => failed + file.failed, Number(run.hasFailedOutside)),
    notes: [
      ...retried.flatMap(note('failed at first')),
      ...run.files.flatMap(note('FAILED')),
      ...(run.hasFailedOutside ? ['FAILED outside of any test: see its output above'] : []),
    ],
  };
}

/** How long a stopped runner may take to end its tests' servers. */
const STOP_MS = 15_000;

/** Runs a program on our terminal; when stopped it is told, then killed. Whatever it left behind is ended. */
async function run(command: readonly string[], mark: string, signal: AbortSignal): Promise<number> {
  const child = spawn('setpriv', ['--pdeathsig', 'TERM', '--', process.execPath, ...command], {
    cwd: ROOT,
    env: { ...process.env, [CHILD_MARK]: mark },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  let killer: NodeJS.Timeout | undefined;
  const stop = () => {
    child.kill('SIGTERM');
    killer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await new Promise(resolve => {
      child.once('error', () => resolve(127));
      child.once('exit', code => resolve(code ?? 1));
    });
  } finally {
    clearTimeout(killer);
    signal.removeEventListener('abort', stop);
    await killAll(info => hasEnvironment(info.pid, `${CHILD_MARK}=${mark}`));
  }
}
