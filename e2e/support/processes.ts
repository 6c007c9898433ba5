import { readdirSync, readFileSync } from 'node:fs';

/** Pids below `root` (not itself) whose command name is `name`, from /proc (proc(5)). */
export function descendantsNamed(root: number, name: string): number[] {
  const parents = new Map<number, { parent: number; name: string }>();
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry);
    if (!Number.isInteger(pid)) continue;
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      // The name stands in brackets and may hold spaces and brackets itself.
      const close = stat.lastIndexOf(')');
      const parent = Number(stat.slice(close + 2).split(' ')[1]);
      parents.set(pid, { parent, name: stat.slice(stat.indexOf('(') + 1, close) });
    } catch {
      // It ended while we looked.
    }
  }
  const isBelow = (pid: number): boolean => {
    const parent = parents.get(pid)?.parent ?? 0;
    return parent === root || (parent > 1 && isBelow(parent));
  };
  return [...parents].filter(([pid, info]) => info.name === name && isBelow(pid)).map(([pid]) => pid);
}
