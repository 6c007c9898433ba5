import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const REMOVE_TIMEOUT_MS = 1_000;
const REMOVE_POLL_MS = 10;

/** What groups of a node are called: `nearcade-<its pid>-slot<n>`, and what of the slot is in it. */
const OURS = /^nearcade-(\d+)-slot\d+(-[a-z]+)?$/;

/** What a group needs of cgroup v2; `io` is used where it is there. */
const WANTED = ['memory', 'pids', 'cpu'];
const WELCOME = 'io';

export function writeValue(group: string, file: string, value: number | string): void {
  writeFileSync(join(group, file), String(value));
}

/**
 * cgroup v2: lets groups under `base` have limits. A group that has processes may not (the rule of no internal processes),
 * so ours go into its child `leaf` first; undefined for the root, where the rule does not hold. systemd's `Delegate=yes`
 * gives the node a group of its own where all this is allowed. The leaf weighs `leafWeight`.
 */
export function shareOut(
  base: string,
  leaf: string | undefined,
  leafWeight: number,
  controllers: readonly string[] = WANTED,
): void {
  const file = join(base, 'cgroup.subtree_control');
  const enabled = wordsOf(file);
  if (controllers.every(controller => enabled.includes(controller))) return;
  if (leaf !== undefined) {
    const group = join(base, leaf);
    mkdirSync(group, { recursive: true });
    for (const pid of wordsOf(join(base, 'cgroup.procs'))) writeValue(group, 'cgroup.procs', pid);
  }
  const offered = wordsOf(join(base, 'cgroup.controllers'));
  const wanted = [...controllers, ...(offered.includes(WELCOME) ? [WELCOME] : [])];
  writeFileSync(file, wanted.map(controller => `+${controller}`).join(' '));
  if (leaf !== undefined && controllers.includes('cpu'))
    writeValue(join(base, leaf), 'cpu.weight', leafWeight);
}

/** Makes `base/name`, and removes those that nodes which are no more left beside it. */
export function makeGroup(base: string, name: string): string {
  for (const entry of readdirSync(base)) {
    const pid = OURS.exec(entry)?.[1];
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

/** Once nothing runs in it any more; what just died takes a moment to leave. */
export async function removeGroup(group: string): Promise<void> {
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

/** Whether the kernel ended a process of the group for want of memory: v1 and v2 count in files of other names, in the same words. */
export function outOfMemory(group: string): boolean {
  return ['memory.events', 'memory.oom_control'].some(file => {
    const path = join(group, file);
    return existsSync(path) && /^oom_kill [1-9]/m.test(readFileSync(path, 'utf8'));
  });
}

/** The path of the node's own group in a hierarchy, from /proc/self/cgroup (cgroups(7)); '' is v2's. */
export function ownGroup(own: string, controller: string): string {
  for (const line of own.split('\n')) {
    const [, controllers = '', path = '/'] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (line !== '' && controllers.split(',').includes(controller)) return path;
  }
  return '/';
}

/** In a container the own path may lie outside of what is mounted; then the mount is the own group. */
export function innermost(mount: string, path: string): string {
  const group = join(mount, path);
  return existsSync(group) ? group : mount;
}

function wordsOf(file: string): string[] {
  return readFileSync(file, 'utf8').trim().split(/\s+/).filter(Boolean);
}
