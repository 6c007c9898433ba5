import type { Slot } from '../agent/slot.ts';
import type { Logger } from '../log.ts';
import type { CostBook } from './cost-book.ts';
import type { CpuBudget } from './cpu-budget.ts';
import { freeMemoryMb, readMachine } from './machine.ts';
import { cpuOfTrees } from './processes.ts';

/** Milliseconds between samples: a new session is noticed in the next heartbeat, and looking costs a thousandth of a core. */
const SAMPLE_MS = 2000;

/** Samples between two savings of what was learnt. */
const SAVE_EVERY = 30;

export interface LoadMeterOptions {
  slots: readonly Slot[];
  budget: CpuBudget;
  book: CostBook;
  log: Logger;
  /** After each sample. */
  onSample: () => void;
}

/** Measures what the machine and each slot's processes use, for as long as the node runs. */
export class LoadMeter {
  readonly #options: LoadMeterOptions;
  readonly #timer: NodeJS.Timeout;
  /** When each slot's session was first seen. */
  readonly #since = new Map<string, number>();
  #samples = 0;
  #taking: Promise<void> | undefined;

  private constructor(options: LoadMeterOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#sample(), SAMPLE_MS);
  }

  /** Resolves when there is a first sample. */
  static async open(options: LoadMeterOptions): Promise<LoadMeter> {
    const meter = new LoadMeter(options);
    meter.#sample();
    await meter.#taking;
    return meter;
  }

  /** Idempotent; resolves when what was learnt is on disk. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#taking;
    await this.#save();
  }

  #sample(): void {
    this.#taking ??= this.#take()
      .catch((err: unknown) => this.#options.log.warn({ err }, 'the load cannot be measured'))
      .finally(() => {
        this.#taking = undefined;
      });
  }

  async #take(): Promise<void> {
    const { slots, budget, onSample } = this.#options;
    const used = await cpuOfTrees(slots.map(slot => slot.pids));
    const at = performance.now() / 1000;
    const sessions = slots.map(slot => slot.session);
    const running = new Set(sessions.map(session => session?.id));
    for (const id of this.#since.keys()) if (!running.has(id)) this.#since.delete(id);
    budget.take({
      at,
      machine: readMachine(),
      freeMemoryMb: freeMemoryMb(),
      slots: sessions.map((session, index) => {
        const cpu = used[index] ?? 0;
        if (session === undefined) return { cpu, session: undefined };
        const since = this.#since.get(session.id) ?? at;
        this.#since.set(session.id, since);
        return {
          cpu,
          session: { id: session.id, manifest: session.game.manifest, seconds: at - since },
        };
      }),
    });
    onSample();
    this.#samples += 1;
    if (this.#samples % SAVE_EVERY === 0) await this.#save();
  }

  async #save(): Promise<void> {
    const { book, log } = this.#options;
    await book.save().catch((err: unknown) => log.warn({ err }, 'what games cost cannot be written down'));
  }
}
