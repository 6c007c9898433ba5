import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';

export interface ProcessInfo {
  pid: number;
  parent: number;
  /** File name of its program, also when it was started by a descriptor. */
  program: string;
}

/** Every process below `root`, however deep. */
export function descendants(root: number): ProcessInfo[] {
  const all = readdirSync('/proc').flatMap(name => processInfo(Number(name)) ?? []);
  const found = all.filter(({ parent }) => parent === root);
  for (const { pid } of found) found.push(...all.filter(({ parent }) => parent === pid));
  return found;
}

/** False also for a process that has ended and waits for its parent to notice. */
export function isAlive(pid: number): boolean {
  return processInfo(pid) !== undefined;
}

function processInfo(pid: number): ProcessInfo | undefined {
  if (!Number.isInteger(pid)) return undefined;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (state === 'Z') return undefined;
    const program = basename(readlinkSync(`/proc/${pid}/exe`));
    return { pid, parent: Number(parent), program };
  } catch {
    return undefined;
  }
}
