import { NearcadeError } from '#shared/errors.ts';
import type { GameManifest } from '#shared/manifest.ts';
import type { CostBook } from './cost-book.ts';
import type { MachineTimes } from './machine.ts';

/** Part of the machine's processors that sessions may take together: the rest is the kernel's, and what a picture needs for its peaks. */
const USABLE = 0.9;

/** With this much of its processors in use, and something waiting for one this much of the time, a machine can't take anything more. */
const FULL = 0.95;
const WAITING = 0.5;

/** How far one sample moves what is taken for the present: samples come every two seconds. */
const SMOOTHING = 0.4;

/** Seconds of a session from which its cost is learnt: loading is no playing. */
const LEARN_AFTER_S = 10;

/** One slot as it is when a sample is taken. */
export interface SlotUse {
  /** Processor seconds that its processes have used so far. */
  cpu: number;
  /** The game that runs there, and for how many seconds. */
  session: { id: string; manifest: GameManifest; seconds: number } | undefined;
}

export interface Sample {
  /** Seconds, on a clock that never goes back. */
  at: number;
  machine: MachineTimes;
  slots: readonly SlotUse[];
  freeMemoryMb: number;
}

export interface CpuBudgetOptions {
  cores: number;
  book: CostBook;
  /** False: everything is measured and nothing is refused. */
  enforced: boolean;
}

/**
 * What this machine's processors still carry: measured use of what runs, learnt cost of what is to run. Pure but for the book: what is
 * measured comes in as samples.
 */
export class CpuBudget {
  readonly #options: CpuBudgetOptions;
  #last: Sample | undefined;
  /** Cores, by slot. */
  #costs: number[] = [];
  #busy = 0;
  #waiting: number | undefined;

  constructor(options: CpuBudgetOptions) {
    this.#options = options;
  }

  /** 0 to 1 of all cores, of the last seconds. */
  get busy(): number {
    return Math.min(1, this.#busy / this.#options.cores);
  }

  /** Cores that a slot's processes take, of the last seconds. */
  costOfSlot(index: number): number {
    return this.#costs[index] ?? 0;
  }

  /** Cores that new sessions may still take together; below zero when too much runs. */
  get free(): number {
    const { cores, book } = this.#options;
    const slots = this.#last?.slots ?? [];
    const measured = slots.reduce((sum, _slot, index) => sum + this.costOfSlot(index), 0);
    const others = Math.max(0, this.#busy - measured);
    const promised = slots.reduce((sum, { session }, index) => {
      const cost = this.costOfSlot(index);
      return sum + (session === undefined ? cost : Math.max(cost, book.costOf(session.manifest)));
    }, 0);
    return cores * USABLE - others - promised;
  }

  /** Everything runs and something waits: more would be felt by those who play. */
  get overloaded(): boolean {
    return this.busy >= FULL && (this.#waiting === undefined || this.#waiting >= WAITING);
  }

  take(sample: Sample): void {
    const last = this.#last;
    this.#last = sample;
    if (last === undefined) return;
    const seconds = sample.at - last.at;
    if (seconds <= 0) return;
    const smooth = (before: number | undefined, now: number) =>
      before === undefined ? now : before + SMOOTHING * (now - before);
    this.#busy = smooth(this.#busy, (sample.machine.busy - last.machine.busy) / seconds);
    if (sample.machine.waited !== undefined && last.machine.waited !== undefined) {
      this.#waiting = smooth(this.#waiting, (sample.machine.waited - last.machine.waited) / seconds);
    }
    this.#costs = sample.slots.map(({ cpu, session }, index) => {
      const before = last.slots[index];
      const isSame = before?.session?.id === session?.id;
      // Less than before: its processes were started anew.
      const cores = Math.max(0, cpu - (before?.cpu ?? 0)) / seconds;
      const cost = smooth(isSame ? this.#costs[index] : undefined, cores);
      if (session !== undefined && isSame && session.seconds >= LEARN_AFTER_S) {
        this.#options.book.learn(session.manifest, cost);
      }
      return cost;
    });
  }

  /** Whether one more session of this game would be felt by nobody. A machine without any takes one, however little it has, unless others fill it. */
  fits(manifest: GameManifest): boolean {
    const { enforced, book } = this.#options;
    const sample = this.#last;
    if (!enforced || sample === undefined) return true;
    if (this.overloaded || sample.freeMemoryMb < manifest.needs.memoryMb) return false;
    const isIdle = sample.slots.every(({ session }) => session === undefined);
    return isIdle || this.free >= book.costOf(manifest);
  }

  /** Throws `node_overloaded`. */
  check(manifest: GameManifest): void {
    if (!this.fits(manifest)) throw new NearcadeError('node_overloaded');
  }
}
