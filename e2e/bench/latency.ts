import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { Progress } from '#local/setup/progress.ts';
import { runSetup } from '#local/setup/run-setup.ts';
import { onStopSignals } from '#local/supervise/stop-signals.ts';
import { NearcadeError } from '#shared/errors.ts';
import { insideNetwork, isInside } from './link/inside.ts';
import type { LinkNetwork } from './link/network.ts';
import { judge } from './marks.ts';
import { type BenchOptions, parseBenchOptions, USAGE } from './options.ts';
import { BENCH_DIR, type RunResult, runAll } from './run.ts';
import { formatTable } from './table.ts';
import { NOVNC_PACKAGES } from './targets/novnc.ts';
import { XPRA_PACKAGES } from './targets/xpra.ts';

/**
 * `npm run bench:latency`: press to changed pixel in the browser, Nearcade beside two other systems. With emulated links
 * the same program runs once more inside the server's network namespace; the outer one makes the namespaces and removes
 * them however the inner one ends.
 */
async function main(signal: AbortSignal): Promise<number> {
  const options = parseBenchOptions(process.argv.slice(2));
  if (options.help) {
    console.log(USAGE);
    return 0;
  }
  if (isInside()) return insideNetwork(network => run(options, network, signal));
  const root = process.getuid?.() === 0;
  const wanted = root ? options.links : options.links.filter(link => link === 'none');
  if (wanted.length < options.links.length) console.log('Not root: the emulated links are left out.');
  if (wanted.length === 0) throw new NearcadeError('invalid_request', 'Nothing is left to measure.');
  await setUp(options, signal);
  if (wanted.every(link => link === 'none')) return run({ ...options, links: wanted }, undefined, signal);
  return insideNetwork(network => run(options, network, signal));
}

async function setUp(options: BenchOptions, signal: AbortSignal): Promise<void> {
  const packages = [
    ...(options.targets.includes('novnc') ? NOVNC_PACKAGES : []),
    ...(options.targets.includes('xpra') ? XPRA_PACKAGES : []),
  ];
  await runSetup({ forTests: true, packages, progress: new Progress(), signal });
}

async function run(
  options: BenchOptions,
  network: LinkNetwork | undefined,
  signal: AbortSignal,
): Promise<number> {
  const begun = new Date();
  const progress = (what: string) => console.log(`${elapsed(begun)}  ${what}`);
  const result = await runAll({ options, network, signal, progress });
  console.log(`\n${formatTable(result.cells)}\n`);
  console.log('In brackets: the ratio to noVNC in the same scene over the same link.');
  const summary = report(options, begun, result);
  const file = options.out ?? join(BENCH_DIR, `latency-${begun.toISOString().replaceAll(':', '-')}.json`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify({ ...summary, ...result }, null, 2)}\n`);
  console.log(`All figures: ${file}`);
  console.log(JSON.stringify({ ...summary, file }));
  return 0;
}

function report(options: BenchOptions, begun: Date, result: RunResult) {
  const [cpu] = cpus();
  return {
    marks: judge(result.cells),
    bench: 'latency',
    at: begun.toISOString(),
    seconds: Math.round((Date.now() - begun.getTime()) / 1e3),
    n: options.n,
    seed: options.seed,
    machine: { cpu: cpu?.model ?? '', cores: cpus().length, memoryGiB: Math.round(totalmem() / 2 ** 30) },
  };
}

function elapsed(begun: Date): string {
  return new Date(Date.now() - begun.getTime()).toISOString().slice(14, 19);
}

const signal = onStopSignals(() => isInside() || console.log('Stopping ...'));
try {
  const code = await main(signal);
  if (!signal.aborted) process.exitCode = code;
} catch (error) {
  if (!signal.aborted) {
    console.error(error instanceof NearcadeError ? error.message : error);
    process.exitCode = 1;
  }
}
process.exit();
