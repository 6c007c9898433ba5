import { readFileSync } from 'node:fs';

const TICKS_PER_S = 100;

/** What the machine has done since it was started. */
export interface MachineTimes {
  /** Core-seconds in which something ran. */
  busy: number;
  /** Core-seconds of any kind. */
  total: number;
  /** Seconds in which something that could have run had to wait for a processor; undefined where the kernel does not tell. */
  waited: number | undefined;
}

export function readMachine(): MachineTimes {
  const stat = readFileSync('/proc/stat', 'latin1');
  const pressure = tryRead('/proc/pressure/cpu');
  return { ...parseStat(stat), waited: pressure === undefined ? undefined : parsePressure(pressure) };
}

/** Megabytes that programs can still have without anything being moved to disk. */
export function freeMemoryMb(): number {
  const kilobytes = /^MemAvailable:\s+(\d+)/m.exec(readFileSync('/proc/meminfo', 'latin1'))?.[1];
  return Math.floor(Number(kilobytes ?? 0) / 1024);
}

/** The first line of /proc/stat (proc(5)): user nice system idle iowait irq softirq steal; guests are in user already. */
export function parseStat(text: string): { busy: number; total: number } {
  const ticks = (text.split('\n', 1)[0] ?? '').trim().split(/\s+/).slice(1, 9).map(Number);
  const total = ticks.reduce((sum, value) => sum + value, 0);
  const [, , , idle = 0, waiting = 0] = ticks;
  return { busy: (total - idle - waiting) / TICKS_PER_S, total: total / TICKS_PER_S };
}

/** `some` of /proc/pressure/cpu (the kernel's accounting/psi.rst), whose total is in microseconds. */
export function parsePressure(text: string): number | undefined {
  const total = /^some .*\btotal=(\d+)/m.exec(text)?.[1];
  return total === undefined ? undefined : Number(total) / 1_000_000;
}

function tryRead(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}
