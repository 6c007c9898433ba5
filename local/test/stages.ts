import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { NEARCADE_DIR, ROOT } from '../paths.ts';
import type { Progress } from '../setup/progress.ts';
import { CHILD_MARK } from '../supervise/child.ts';
import { hasEnvironment, killAll } from '../supervise/processes.ts';

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
  { name: 'unit', command: vitest('vitest.config.ts'), counts: true },
  { name: 'workerd', command: vitest('edge/vitest.config.ts'), counts: true },
  { name: 'browser', command: vitest('e2e/vitest.config.ts'), counts: true },
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
    const counts = await runStage(stage, signal);
    signal.throwIfAborted();
    total.passed += counts.passed;
    total.failed += counts.failed;
    lines.push(`${stage.name}: ${counts.passed} passed, ${counts.failed} failed`);
  }
  progress.line(`\n${lines.join('\n')}\n`);
  return total;
}

async function runStage(stage: Stage, signal: AbortSignal): Promise<Counts> {
  const report = join(NEARCADE_DIR, 'reports', `${stage.name}.json`);
  mkdirSync(join(NEARCADE_DIR, 'reports'), { recursive: true });
  rmSync(report, { force: true });
  const reporters = stage.counts
    ? ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
    : [];
  const code = await run([...stage.command, ...reporters], `${stage.name}/${process.pid}`, signal);
  return stage.counts ? readReport(report, code) : { passed: Number(code === 0), failed: Number(code !== 0) };
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

/** The part of vitest's JSON report that we sum up. A suite that could not run at all is failed without a test. */
const reportSchema = z.object({
  numPassedTests: z.int(),
  numFailedTests: z.int(),
  testResults: z.array(z.object({ status: z.string(), assertionResults: z.array(z.unknown()) })),
});

/** A runner that died, or failed outside of any test, counts as one failure at least. */
export function readReport(path: string, exitCode: number): Counts {
  if (!existsSync(path)) return { passed: 0, failed: 1 };
  const report = reportSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  const broken = report.testResults.filter(
    suite => suite.status === 'failed' && suite.assertionResults.length === 0,
  ).length;
  const failed = report.numFailedTests + broken;
  return { passed: report.numPassedTests, failed: exitCode !== 0 && failed === 0 ? 1 : failed };
}
