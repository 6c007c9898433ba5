import type { Logger } from '../log.ts';
import type { LinkStats } from '../sfu/viewer.ts';
import { initialRate, nextRate, type RateBounds, type RateState } from './rate-control.ts';

/** Often enough to give way within a few round trips, rare enough to cost nothing. */
const PERIOD_MS = 250;

/** A change smaller than this is not worth disturbing the encoder. */
const WORTH_TELLING = 0.03;

export interface RateControllerOptions {
  bounds: RateBounds;
  /** The seated players' links as of now. */
  links: () => Promise<LinkStats[]>;
  /** Bits a second for the encoder. */
  apply: (bitrate: number) => void;
  log: Logger;
}

/** Runs `nextRate` while a session plays. */
export class RateController {
  readonly #options: RateControllerOptions;
  readonly #timer: NodeJS.Timeout;
  #state: RateState;
  #told: number;
  #last = performance.now();
  #busy = false;

  constructor(options: RateControllerOptions) {
    this.#options = options;
    this.#state = initialRate(options.bounds);
    this.#told = this.#state.target;
    this.#timer = setInterval(() => void this.#step(), PERIOD_MS);
  }

  get target(): number {
    return this.#told;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #step(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      const links = await this.#options.links();
      const now = performance.now();
      this.#state = nextRate(this.#state, links, this.#options.bounds, (now - this.#last) / 1000);
      this.#last = now;
      this.#tell();
    } catch (error) {
      this.#options.log.debug({ err: error }, 'no figures of a link');
    } finally {
      this.#busy = false;
    }
  }

  #tell(): void {
    const { target } = this.#state;
    if (Math.abs(target - this.#told) < WORTH_TELLING * this.#told) return;
    this.#options.log.debug({ from: this.#told, to: target }, 'bitrate');
    this.#told = target;
    this.#options.apply(target);
  }
}
