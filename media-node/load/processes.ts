import { readdirSync, readFileSync } from 'node:fs';
import { setImmediate as breathe } from 'node:timers/promises';

/** Linux gives processor times to programs in hundredths of a second, whatever the kernel counts in (sysconf(3), _SC_CLK_TCK). */
const TICKS_PER_S = 100;

/** Processes read before others have their turn: a tenth of a millisecond, so that no press waits for it. */
const READ_AT_ONCE = 16;

interface ProcessTimes {
  parent: number;
  /** Seconds of processor time, with those of children that have ended. */
  cpu: number;
}

/** Processor seconds that each of the trees below (and with) `roots` has used since its start: one look at /proc for all of them. */
export async function cpuOfTrees(roots: ReadonlyArray<readonly number[]>): Promise<number[]> {
  const all = await readAll();
  const children = new Map<number, number[]>();
  for (const [pid, { parent }] of all) {
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [pid]);
    else siblings.push(pid);
  }
  const sum = (pid: number): number =>
    (all.get(pid)?.cpu ?? 0) + (children.get(pid) ?? []).reduce((total, child) => total + sum(child), 0);
  return roots.map(pids => pids.reduce((total, pid) => total + sum(pid), 0));
}

async function readAll(): Promise<Map<number, ProcessTimes>> {
  const found = new Map<number, ProcessTimes>();
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger);
  for (const [index, pid] of pids.entries()) {
    if (index % READ_AT_ONCE === READ_AT_ONCE - 1) await breathe();
    const times = readTimes(pid);
    if (times !== undefined) found.set(pid, times);
  }
  return found;
}

/** Fields 4 and 14 to 17 of /proc/PID/stat (proc(5)); undefined when it has ended. */
function readTimes(pid: number): ProcessTimes | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = fields.slice(11, 15).reduce((total, field) => total + Number(field), 0);
    return { parent: Number(fields[1]), cpu: ticks / TICKS_PER_S };
  } catch {
    return undefined;
  }
}
