import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Clock ticks a second in /proc (USER_HZ of proc(5): 100 on every Linux that Debian supports). */
const TICKS_PER_S = 100;
const SAMPLE_MS = 250;

/** One process of /proc, times in ticks. */
export interface ProcessTimes {
  pid: number;
  parent: number;
  /** Tells a process from a later one with the same id. */
  startTime: string;
  /** Of the process itself: utime + stime. */
  own: number;
  /** Of the children that it has waited for, with theirs: cutime + cstime. */
  reaped: number;
}

/** Reads the text of a /proc/PID/stat. */
export function parseStat(text: string): ProcessTimes {
  // The name may hold spaces and parentheses: the fields go on after its last one.
  const name = text.lastIndexOf(')');
  const fields = text.slice(name + 2).split(' ');
  const field = (number: number) => fields[number - 3] ?? '0'; // numbered as in proc(5)
  const ticks = (number: number) => Number(field(number));
  return {
    pid: Number.parseInt(text, 10),
    parent: ticks(4),
    startTime: field(22),
    own: ticks(14) + ticks(15),
    reaped: ticks(16) + ticks(17),
  };
}

/** Every process that there is now. */
export function readProcesses(): ProcessTimes[] {
  return readdirSync('/proc').flatMap(entry => {
    if (!/^\d+$/.test(entry)) return [];
    try {
      return [parseStat(readFileSync(`/proc/${entry}/stat`, 'utf8'))];
    } catch {
      return []; // it ended meanwhile
    }
  });
}

/**
 * Adds up the processor time of some processes and all that descend from them. A child that ended is counted through the
 * parent that waited for it; one that nobody waited for, with what it had at the last look; one that was given to
 * another parent stays counted.
 */
export class CpuMeter {
  readonly #roots: ReadonlySet<number>;
  readonly #read: () => ProcessTimes[];
  readonly #members = new Set<string>();
  #lastSum = 0;
  #lost = 0;
  #first: number | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(roots: readonly number[], read: () => ProcessTimes[] = readProcesses) {
    this.#roots = new Set(roots);
    this.#read = read;
    this.#first = this.#look();
  }

  /** Looks several times a second, so that short-lived children do not escape. End with `stop()`. */
  watch(): void {
    this.#timer ??= setInterval(() => this.#look(), SAMPLE_MS);
  }

  /** Seconds of processor time since the meter was made. */
  seconds(): number {
    return (this.#look() - (this.#first ?? 0)) / TICKS_PER_S;
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #look(): number {
    const members = this.#descendants(this.#read());
    const sum = members.reduce((total, one) => total + one.own + one.reaped, 0);
    // It falls only when somebody ended whom no member waited for.
    if (sum < this.#lastSum) this.#lost += this.#lastSum - sum;
    this.#lastSum = sum;
    return sum + this.#lost;
  }

  #descendants(all: ProcessTimes[]): ProcessTimes[] {
    const children = Map.groupBy(all, one => one.parent);
    const found = new Map<number, ProcessTimes>();
    const visit = (one: ProcessTimes) => {
      if (found.has(one.pid)) return;
      found.set(one.pid, one);
      this.#members.add(`${one.pid}/${one.startTime}`);
      for (const child of children.get(one.pid) ?? []) visit(child);
    };
    for (const one of all) {
      if (this.#roots.has(one.pid) || this.#members.has(`${one.pid}/${one.startTime}`)) visit(one);
    }
    return [...found.values()];
  }
}

/** Seconds of processor time that these process trees take a minute, by what they take in so many seconds from now. */
export async function cpuPerMinute(
  pids: readonly number[],
  seconds: number,
  signal: AbortSignal,
): Promise<number> {
  const meter = new CpuMeter(pids);
  meter.watch();
  try {
    const begun = performance.now();
    await sleep(seconds * 1000, undefined, { signal });
    return (meter.seconds() / (performance.now() - begun)) * 60_000;
  } finally {
    meter.stop();
  }
}
