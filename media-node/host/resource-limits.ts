import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Logger } from 'pino';
import type { GameManifest } from '#shared/manifest.ts';
import {
  innermost,
  makeGroup,
  outOfMemory,
  ownGroup,
  removeGroup,
  shareOut,
  writeValue,
} from './control-groups.ts';

/** A game that was measured at its `needs` gets this much more before it is held: levels and machines differ. */
const MEMORY_HEADROOM = 1.5;
const CPU_HEADROOM = 2;

/** Less than a core would stretch loading, when a game takes what it gets, for nothing. */
const LEAST_CORES = 1;

/** Processes and threads: a Ren'Py game has 30, Wine a hundred; a fork bomb ends here. */
const MAX_PROCESSES = 512;

/**
 * Bytes of a slot's X server and PulseAudio together. They have 60 MB for 720p; what a game makes them hold (pixmaps,
 * windows, sound samples) is held here too, or it would be a way around the game's own limit.
 */
const DESKTOP_MEMORY_BYTES = 512 * 1024 * 1024;

/** The X server draws on one thread, and a game can keep it at that: one core for both, so no more than that is lost. */
const DESKTOP_CORES = 1;

/** An X server with software OpenGL has a thread a core. */
const DESKTOP_PROCESSES = 256;

/** It is one process that copies at most a few MB a second. */
const UPLINK_MEMORY_BYTES = 64 * 1024 * 1024;
const UPLINK_PROCESSES = 8;
const UPLINK_CORES = 0.25;

/** Linux's usual period of the CPU quota; a shorter one would cost switches. */
const CPU_PERIOD_US = 100_000;

/**
 * Of a core that all want, in percent of an ordinary process: the node, its SFU workers and the media helpers are each
 * one. They come before any game; a display is on the way of the player's press and counts as much as they do.
 */
const GAME_WEIGHT = 50;
const DESKTOP_WEIGHT = 100;

/** cgroup v1's weight of an ordinary process. */
const V1_SHARES = 1024;

/** cgroup v2's largest weight, for the group that the node itself is in: all it runs there is weighed as one. */
const NODE_WEIGHT = 10_000;

/** When the machine itself runs out of memory the kernel ends a game, then a display, and the node last (proc(5), oom_score_adj). */
const GAME_OOM_SCORE = 600;
const DESKTOP_OOM_SCORE = 300;

/** In cgroup v2 the node steps down into this leaf, since a group with processes may not share out its resources. */
const NODE_LEAF = 'nearcade-node';

/** Holds a game, or a slot's display and sound, to what it may use. */
export interface ResourceLimits {
  /** The command line that starts `argv` under the limits, from its first instruction on. */
  enter(argv: readonly string[]): string[];
  /** Whether the kernel ended a process for want of memory under them. */
  ranOutOfMemory(): boolean;
  /** Once nothing runs under them. */
  close(): Promise<void>;
}

/** What the processes of one group may use together, in bytes, processes and microseconds of CPU per period. */
export interface Allowance {
  memoryBytes: number;
  processes: number;
  cpuQuotaUs: number;
  /** Percent of an ordinary process. */
  weight: number;
  oomScore: number;
}

export function gameAllowance(needs: GameManifest['needs']): Allowance {
  return {
    memoryBytes: Math.round(needs.memoryMb * MEMORY_HEADROOM) * 1024 * 1024,
    processes: MAX_PROCESSES,
    cpuQuotaUs: Math.round(Math.max(LEAST_CORES, needs.cpu * CPU_HEADROOM) * CPU_PERIOD_US),
    weight: GAME_WEIGHT,
    oomScore: GAME_OOM_SCORE,
  };
}

export function desktopAllowance(): Allowance {
  return {
    memoryBytes: DESKTOP_MEMORY_BYTES,
    processes: DESKTOP_PROCESSES,
    cpuQuotaUs: DESKTOP_CORES * CPU_PERIOD_US,
    weight: DESKTOP_WEIGHT,
    oomScore: DESKTOP_OOM_SCORE,
  };
}

/** The process that carries a game's connections. */
export function uplinkAllowance(): Allowance {
  return {
    memoryBytes: UPLINK_MEMORY_BYTES,
    processes: UPLINK_PROCESSES,
    cpuQuotaUs: UPLINK_CORES * CPU_PERIOD_US,
    weight: GAME_WEIGHT,
    oomScore: GAME_OOM_SCORE,
  };
}

/**
 * Makes control groups, v1 or v2, whichever this machine has; `root` and `own` are where they are mounted and which the
 * node itself is in. Where none can be written, limits of the process (setrlimit) stand in, which bound less well, and
 * the log says so.
 */
export function openResourceLimits(
  name: string,
  allowance: Allowance,
  log: Logger,
  root = '/sys/fs/cgroup',
  own = readFileSync('/proc/self/cgroup', 'utf8'),
): ResourceLimits {
  try {
    const v2 = existsSync(join(root, 'cgroup.controllers'));
    const groups = v2 ? openV2(name, allowance, root, own) : openV1(name, allowance, root, own);
    return controlGroups(groups, allowance);
  } catch (error) {
    log.warn({ reason: String(error) }, 'no writable control groups: only process limits hold');
    return processLimits(allowance);
  }
}

/** One directory a controller (Documentation/admin-guide/cgroup-v1, Documentation/scheduler/sched-bwc). */
function openV1(name: string, allowance: Allowance, root: string, own: string): string[] {
  const values: Record<string, Record<string, number>> = {
    memory: {
      'memory.limit_in_bytes': allowance.memoryBytes,
      // Memory and swap together: without it the limit would only move pages to disk. Absent where swap is not accounted.
      'memory.memsw.limit_in_bytes': allowance.memoryBytes,
    },
    pids: { 'pids.max': allowance.processes },
    cpu: {
      'cpu.cfs_period_us': CPU_PERIOD_US,
      'cpu.cfs_quota_us': allowance.cpuQuotaUs,
      'cpu.shares': Math.round((V1_SHARES * allowance.weight) / 100),
    },
  };
  return Object.entries(values).map(([controller, files]) => {
    const group = makeGroup(innermost(join(root, controller), ownGroup(own, controller)), name);
    for (const [file, value] of Object.entries(files)) {
      if (existsSync(join(group, file))) writeValue(group, file, value);
    }
    return group;
  });
}

/** One directory for all (Documentation/admin-guide/cgroup-v2). */
function openV2(name: string, allowance: Allowance, root: string, own: string): string[] {
  const mine = innermost(root, ownGroup(own, ''));
  const base = basename(mine) === NODE_LEAF ? dirname(mine) : mine;
  shareOut(base, base === root ? undefined : NODE_LEAF, NODE_WEIGHT);
  const group = makeGroup(base, name);
  writeValue(group, 'memory.max', allowance.memoryBytes);
  // Whatever of it the kernel would choose: a game that lost one of its processes is no game.
  writeValue(group, 'memory.oom.group', 1);
  if (existsSync(join(group, 'memory.swap.max'))) writeValue(group, 'memory.swap.max', 0);
  writeValue(group, 'pids.max', allowance.processes);
  writeValue(group, 'cpu.max', `${allowance.cpuQuotaUs} ${CPU_PERIOD_US}`);
  writeValue(group, 'cpu.weight', allowance.weight);
  // Where the disk is shared out by weight (BFQ, io.cost) the same order holds there.
  if (existsSync(join(group, 'io.weight'))) writeValue(group, 'io.weight', allowance.weight);
  return [group];
}

/** Of groups that have their limits already. */
export function controlGroups(groups: readonly string[], { oomScore }: Allowance): ResourceLimits {
  // The shell enters the groups itself and then becomes the program: moved from outside, it could have forked before.
  const script =
    'echo "$1" > /proc/self/oom_score_adj; shift; ' +
    'while [ "$1" != -- ]; do echo $$ > "$1/cgroup.procs" || exit 126; shift; done; shift; exec "$@"';
  return {
    enter: argv => ['/bin/sh', '-c', script, 'enter', String(oomScore), ...groups, '--', ...argv],
    ranOutOfMemory: () => groups.some(outOfMemory),
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
    ranOutOfMemory: () => false,
    close: () => Promise.resolve(),
  };
}
