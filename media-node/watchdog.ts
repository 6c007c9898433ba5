import { readdirSync, readFileSync } from 'node:fs';

/** Milliseconds between two questions: a part that is gone has to be noticed, and ended, within a second of the last answer. */
const PERIOD_MS = 150;

/** Periods without an answer after which a process that was stopped, or sleeps over the question, hangs. */
const SILENT_PERIODS = 4;

/** A period that took this many times as long is not counted: this program had to wait for a processor, so others do too. */
const LATE = 1.5;

/**
 * Periods that a process gets which is on a processor, waits for one, or for the disk: it is slow because the machine is, and to
 * start another in its place would make that worse.
 */
const BUSY_PERIODS = 30;

export interface WatchdogOptions {
  /** Of the process that is asked. */
  pid: number;
  /** Resolves when the process has answered. One question is open at a time; a rejection says that it is gone, which others notice. */
  ask: () => Promise<unknown>;
  /** Called once. */
  onHung: (detail: string) => void;
  /** Periods of silence while it sleeps; more for what legitimately keeps others waiting. */
  silentPeriods?: number;
  /** Periods that it gets while it works or waits for a processor; more for what others go before. */
  busyPeriods?: number;
  /** While true, silence is somebody else's fault. */
  excuse?: () => boolean;
}

/**
 * Notices a process that is still there but does not answer any more. Counts periods, not time: while this program itself was held
 * up, no answer could be read, and nobody is blamed for that.
 */
export class Watchdog {
  readonly #options: WatchdogOptions;
  readonly #timer: NodeJS.Timeout;
  #missed = 0;
  #lookedAt = performance.now();
  #open = false;

  constructor(options: WatchdogOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#look(), PERIOD_MS);
    this.#timer.unref();
  }

  /** Whether the last question was answered in time. */
  get answers(): boolean {
    return this.#missed < 2;
  }

  /** Idempotent. */
  close(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const now = performance.now();
    const isLate = now - this.#lookedAt > LATE * PERIOD_MS;
    this.#lookedAt = now;
    if (!this.#open) {
      this.#missed = 0;
      this.#ask();
      return;
    }
    if (!isLate) this.#missed += 1;
    const { pid, silentPeriods = SILENT_PERIODS, busyPeriods = BUSY_PERIODS, excuse, onHung } = this.#options;
    if (this.#missed < SILENT_PERIODS) return;
    const state = processState(pid);
    const patience = state === 'T' ? SILENT_PERIODS : isAtWork(pid) ? busyPeriods : silentPeriods;
    if (this.#missed < patience || (state !== 'T' && excuse?.() === true)) return;
    this.close();
    onHung(`no answer for ${this.#missed * PERIOD_MS} ms (process state ${state})`);
  }

  #ask(): void {
    this.#open = true;
    this.#options.ask().then(
      () => {
        this.#open = false;
      },
      () => this.close(),
    );
  }
}

/** Whether any thread of it runs, could run, or waits for the disk: the one that answers may sleep until that one is done. */
function isAtWork(pid: number): boolean {
  try {
    return readdirSync(`/proc/${pid}/task`).some(thread => /[RD]/.test(processState(Number(thread))));
  } catch {
    return false;
  }
}

/** One letter of proc(5), of a process or thread: R running, S sleeping, D waiting for the disk, T stopped, Z dead; X when it is gone. */
export function processState(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const state = stat.charAt(stat.lastIndexOf(')') + 2);
    return state === 't' ? 'T' : state;
  } catch {
    return 'X';
  }
}
