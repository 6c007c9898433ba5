import { type ReadonlySignal, signal } from '@preact/signals';
import { type Figures, figuresBetween } from './figures.ts';

const INTERVAL_MS = 1_000;

/** Samples the receiving connection once a second for as long as it is open. */
export class StatsSampler {
  readonly #figures = signal<Figures | null>(null);
  readonly #read: () => Promise<RTCStatsReport | undefined>;
  readonly #timer: ReturnType<typeof setInterval>;
  #before: RTCStatsReport | undefined;

  constructor(read: () => Promise<RTCStatsReport | undefined>) {
    this.#read = read;
    this.#timer = setInterval(() => void this.#sample(), INTERVAL_MS);
  }

  get figures(): ReadonlySignal<Figures | null> {
    return this.#figures;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #sample(): Promise<void> {
    const now = await this.#read().catch(() => undefined);
    this.#figures.value = now ? figuresBetween(this.#before, now) : null;
    this.#before = now;
  }
}
