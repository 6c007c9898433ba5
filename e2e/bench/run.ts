import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { NEARCADE_DIR } from '#local/paths.ts';
import { Supervisor } from '#local/supervise/supervisor.ts';
import { Emulator, type LinkCounts } from './link/emulator.ts';
import { type LinkNetwork, SERVER_ADDRESS } from './link/network.ts';
import { LINK_PROFILES, type LinkName } from './link/profiles.ts';
import { type Measurement, measure } from './measure.ts';
import type { BenchOptions, TargetName, UrlOptions } from './options.ts';
import { PROBE_WATCH } from './probe.ts';
import { seededRandom } from './stats.ts';
import type { Cell } from './table.ts';
import { Nearcade } from './targets/nearcade.ts';
import { noVnc } from './targets/novnc.ts';
import type { Host, Scene, Target } from './targets/target.ts';
import { UrlTarget } from './targets/url.ts';
import { xpra } from './targets/xpra.ts';

export interface RunContext {
  options: BenchOptions;
  /** Namespaces for the emulated links; this process runs in the server's. Absent: only link `none` can be run. */
  network: LinkNetwork | undefined;
  signal: AbortSignal;
  progress: (what: string) => void;
}

export interface RunResult {
  cells: Cell[];
  /** What each emulated link did with the frames; left is the server. */
  links: Partial<Record<LinkName, LinkCounts>>;
}

/** Where logs of the targets and screenshots lie. */
export const BENCH_DIR = join(NEARCADE_DIR, 'bench');

/** Plays every scene on every target over every link. */
export async function runAll(context: RunContext): Promise<RunResult> {
  const result: RunResult = { cells: [], links: {} };
  for (const link of context.options.links) await runLink(context, link, result);
  return result;
}

async function runLink(context: RunContext, link: LinkName, result: RunResult): Promise<void> {
  const { options, network, signal } = context;
  const conditions = LINK_PROFILES[link];
  await using stack = new AsyncDisposableStack();
  if (conditions !== null) {
    if (network === undefined) throw new Error(`Link ${link} needs network namespaces.`);
    const emulator = await Emulator.start(network.emulator, conditions, options.seed);
    stack.defer(async () => {
      result.links[link] = await emulator.stop();
    });
  }
  mkdirSync(BENCH_DIR, { recursive: true });
  const supervisor = new Supervisor(join(BENCH_DIR, 'run.json'));
  stack.defer(() => supervisor.close());
  const host: Host = {
    address: conditions === null ? '127.0.0.1' : SERVER_ADDRESS,
    supervisor,
    logDir: join(BENCH_DIR, 'logs'),
    signal,
  };
  mkdirSync(host.logDir, { recursive: true });
  const namespace = conditions === null ? undefined : network?.client;
  const ready = new Map<Target, string | undefined>();
  for (const target of targetsOf(options, link)) {
    signal.throwIfAborted();
    stack.defer(() => target.close());
    ready.set(target, await reasonOf(() => target.prepare(host), signal));
  }
  // Target by target within a scene: what else the machine does hits all of them alike.
  for (const scene of options.scenes) {
    for (const [target, notReady] of ready) {
      signal.throwIfAborted();
      context.progress(`${link}, ${scene}, ${target.name}`);
      const cell: Cell = { link, scene, target: target.name };
      const error =
        notReady ??
        (await reasonOf(async () => {
          cell.measurement = await measureCell(target, scene, { options, namespace, link, signal });
        }, signal));
      result.cells.push(error === undefined ? cell : { ...cell, error });
    }
  }
}

async function measureCell(
  target: Target,
  scene: Scene,
  where: { options: BenchOptions; namespace: string | undefined; link: LinkName; signal: AbortSignal },
): Promise<Measurement> {
  const { options, namespace, link, signal } = where;
  const site = await target.start(scene);
  try {
    return await measure(site, {
      n: options.n,
      // The same moments for each target.
      random: seededRandom(options.seed),
      namespace,
      signal,
      screenshot: join(BENCH_DIR, `${link}-${scene}-${target.name}.png`),
    });
  } finally {
    await site.close();
  }
}

function targetsOf(options: BenchOptions, link: LinkName): Target[] {
  const make: Record<TargetName, () => Target> = {
    nearcade: () => new Nearcade(),
    novnc: noVnc,
    xpra,
  };
  const targets = options.targets.map(name => make[name]());
  return options.url !== undefined && link === 'none' ? [...targets, urlTarget(options.url)] : targets;
}

function urlTarget({ block, ...options }: UrlOptions): Target {
  return new UrlTarget({ ...options, watch: block === undefined ? PROBE_WATCH : { block } });
}

/** Undefined when `work` did well; one target's failure is told in the table and does not stop the others. */
async function reasonOf(work: () => Promise<void>, signal: AbortSignal): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    return error instanceof Error ? error.message : String(error);
  }
}
