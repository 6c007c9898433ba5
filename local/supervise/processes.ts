import { readdirSync, readFileSync } from 'node:fs';

/** One process as /proc/[pid]/stat tells it (proc(5)). */
export interface ProcessInfo {
  pid: number;
  ppid: number;
  session: number;
  state: string;
  /** Clock ticks after boot at which it started: with the pid, names one process for good until the next boot. */
  startTime: string;
}

/** What /proc knows of the process, or undefined when there is none. */
export function processInfo(pid: number): ProcessInfo | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  // The name stands in brackets and may hold anything, brackets and blanks too: the fields begin after the last one.
  const [state = '', ppid = '', , session = '', ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { pid, ppid: Number(ppid), session: Number(session), state, startTime: rest[15] ?? '' };
}

/** True while exactly this process runs (not another that got its pid later, and not its unreaped remains). */
export function isRunning(pid: number, startTime: string): boolean {
  const info = processInfo(pid);
  return info !== undefined && info.startTime === startTime && info.state !== 'Z' && info.state !== 'X';
}

/** Every live process of the machine that this user may see. */
export function listProcesses(): ProcessInfo[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(name => processInfo(Number(name)))
    .filter(info => info !== undefined && info.state !== 'Z' && info.state !== 'X') as ProcessInfo[];
}

/** True when the process was started with `NAME=value` in its environment; false too when that can't be read. */
export function hasEnvironment(pid: number, assignment: string): boolean {
  return environ(pid).includes(`\0${assignment}\0`);
}

/** The same for a value of which only the beginning is known. */
export function hasEnvironmentPrefix(pid: number, assignment: string): boolean {
  return environ(pid).includes(`\0${assignment}`);
}

function environ(pid: number): string {
  try {
    return `\0${readFileSync(`/proc/${pid}/environ`, 'latin1')}`;
  } catch {
    return '';
  }
}

/** Sends a signal; false when the process is gone or not ours to signal. */
export function signalProcess(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}

/** How many times the process table is read again for children that were born while it was read. */
const KILL_ROUNDS = 20;
const KILL_ROUND_MS = 25;

/** SIGKILLs every process that matches until none is left; returns how many it found. */
export async function killAll(matches: (info: ProcessInfo) => boolean): Promise<number> {
  const found = new Set<number>();
  for (let round = 0; round < KILL_ROUNDS; round++) {
    const rest = listProcesses().filter(info => info.pid !== process.pid && matches(info));
    if (rest.length === 0) break;
    for (const info of rest) {
      found.add(info.pid);
      signalProcess(info.pid, 'SIGKILL');
    }
    await new Promise(resolve => setTimeout(resolve, KILL_ROUND_MS));
  }
  return found.size;
}
