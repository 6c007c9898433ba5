import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { GameManifest } from '#shared/manifest.ts';

/** A game that was measured at its `needs` gets this much more before it is held: levels and machines differ. */
const MEMORY_HEADROOM = 1.5;
const CPU_HEADROOM = 2;

/** Less than a core would stretch loading, when a game takes what it gets, for nothing. */
const LEAST_CORES = 1;

/** Processes and threads: a Ren'Py game has 30, Wine a hundred; a fork bomb ends here. */
const MAX_PROCESSES = 512;

/** Linux's usual period of the CPU quota; a shorter one would cost switches. */
const CPU_PERIOD_US = 100_000;

const REMOVE_TIMEOUT_MS = 1_000;
const REMOVE_POLL_MS = 10;

/** In cgroup v2 the node steps down into this leaf, since a group with processes may not share out its resources. */
const NODE_LEAF = 'nearcade-node';

/** Holds a game to what it may use. */
export interface ResourceLimits {
  /** The command line that starts `argv` under the limits, from its first instruction on. */
  enter(argv: readonly string[]): string[];
  /** Once nothing runs under them. */
  close(): Promise<void>;
}

/** Values of one game, in bytes, processes and microseconds of CPU per period. */
interface Allowance {
  memoryBytes: number;
  processes: number;
  cpuQuotaUs: number;
}

export function allowanceOf(needs: GameManifest['needs']): Allowance {
  return {
    memoryBytes: Math.round(needs.memoryMb * MEMORY_HEADROOM) * 1024 * 1024,
    processes: MAX_PROCESSES,
    cpuQuotaUs: Math.round(Math.max(LEAST_CORES, needs.cpu * CPU_HEADROOM) * CPU_PERIOD_US),
  };
}

/**
 * Makes the control groups of a slot, v1 or v2, whichever this machine has; `root` and `own` are where they are mounted
 * and which the node itself is in. Where none can be written, limits of the process (setrlimit) stand in, which bound
 * less well, and the log says so.
 */
export function openResourceLimits(
  name: string,
  needs: GameManifest['needs'],
  log: Logger,
  root = '/sys/fs/cgroup',
  own = readFileSync('/proc/self/cgroup', 'utf8'),
): ResourceLimits {
  const allowance = allowanceOf(needs);
  try {
    const v2 = existsSync(join(root, 'cgroup.controllers'));
    return controlGroups(v2 ? openV2(name, allowance, root, own) : openV1(name, allowance, root, own));
  } catch (error) {
    log.warn({ reason: String(error) }, 'no writable control groups: games are held by process limits only');
    return processLimits(allowance);
  }
}

/** One directory a controller. */
function openV1(name: string, allowance: Allowance, root: string, own: string): string[] {
  const values: Record<string, Record<string, number>> = {
    memory: {
      'memory.limit_in_bytes': allowance.memoryBytes,
      // Memory and swap together: without it the limit would only move pages to disk. Absent where swap is not accounted.
      'memory.memsw.limit_in_bytes': allowance.memoryBytes,
    },
    pids: { 'pids.max': allowance.processes },
    cpu: { 'cpu.cfs_period_us': CPU_PERIOD_US, 'cpu.cfs_quota_us': allowance.cpuQuotaUs },
  };
  return Object.entries(values).map(([controller, files]) => {
    const base = innermost(join(root, controller), ownGroup(own, controller));
    const group = makeGroup(base, name);
    for (const [file, value] of Object.entries(files)) {
      if (existsSync(join(group, file))) writeFileSync(join(group, file), String(value));
    }
    return group;
  });
}

function openV2(name: string, allowance: Allowance, root: string, own: string): string[] {
  const mine = innermost(root, ownGroup(own, ''));
  const base = basename(mine) === NODE_LEAF ? dirname(mine) : mine;
  shareOut(base, base === root);
  const group = makeGroup(base, name);
  writeFileSync(join(group, 'memory.max'), String(allowance.memoryBytes));
  if (existsSync(join(group, 'memory.swap.max'))) writeFileSync(join(group, 'memory.swap.max'), '0');
  writeFileSync(join(group, 'pids.max'), String(allowance.processes));
  writeFileSync(join(group, 'cpu.max'), `${allowance.cpuQuotaUs} ${CPU_PERIOD_US}`);
  return [group];
}

/** Lets groups under `base` have limits. systemd's `Delegate=yes` gives the node a group of its own where this is allowed. */
function shareOut(base: string, isRoot: boolean): void {
  const file = join(base, 'cgroup.subtree_control');
  const wanted = ['memory', 'pids', 'cpu'];
  const enabled = readFileSync(file, 'utf8').trim().split(/\s+/);
  if (wanted.every(controller => enabled.includes(controller))) return;
  if (!isRoot) {
    const leaf = join(base, NODE_LEAF);
    mkdirSync(leaf, { recursive: true });
    for (const pid of readFileSync(join(base, 'cgroup.procs'), 'utf8').trim().split('\n').filter(Boolean)) {
      writeFileSync(join(leaf, 'cgroup.procs'), pid);
    }
  }
  writeFileSync(file, wanted.map(controller => `+${controller}`).join(' '));
}

function controlGroups(groups: readonly string[]): ResourceLimits {
  // The shell enters the groups itself and then becomes the game: moved from outside, it could have forked before.
  const script =
    'while [ "$1" != -- ]; do echo $$ > "$1/cgroup.procs" || exit 126; shift; done; shift; exec "$@"';
  return {
    enter: argv => ['/bin/sh', '-c', script, 'enter', ...groups, '--', ...argv],
    async close() {
      for (const group of groups) await removeGroup(group);
    },
  };
}

function processLimits(allowance: Allowance): ResourceLimits {
  return {
    enter: argv => [
      'prlimit',
      `--data=${allowance.memoryBytes}`,
      // Counted per uid: only where the slot has one to itself.
      ...(process.getuid?.() === 0 ? [`--nproc=${allowance.processes}`] : []),
      '--',
      ...argv,
    ],
    close: () => Promise.resolve(),
  };
}

/** Makes `base/name`, and removes those that nodes which are no more left beside it. */
function makeGroup(base: string, name: string): string {
  for (const entry of readdirSync(base)) {
    const pid = /^nearcade-(\d+)-slot\d+$/.exec(entry)?.[1];
    if (pid === undefined || existsSync(`/proc/${pid}`)) continue;
    try {
      rmdirSync(join(base, entry));
    } catch {
      // Something of it still runs: the next game tries again.
    }
  }
  const group = join(base, name);
  mkdirSync(group, { recursive: true });
  return group;
}

async function removeGroup(group: string): Promise<void> {
  const giveUp = Date.now() + REMOVE_TIMEOUT_MS;
  for (;;) {
    try {
      rmdirSync(group);
      return;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT') return;
      if (code !== 'EBUSY' || Date.now() > giveUp) throw error;
      await sleep(REMOVE_POLL_MS);
    }
  }
}

/** The path of the node's own group in a hierarchy, from /proc/self/cgroup (cgroups(7)); '' is v2's. */
function ownGroup(own: string, controller: string): string {
  for (const line of own.split('\n')) {
    const [, controllers = '', path = '/'] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (line !== '' && controllers.split(',').includes(controller)) return path;
  }
  return '/';
}

/** In a container the own path may lie outside of what is mounted; then the mount is the own group. */
function innermost(mount: string, path: string): string {
  const group = join(mount, path);
  return existsSync(group) ? group : mount;
}
