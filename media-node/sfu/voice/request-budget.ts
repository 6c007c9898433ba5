import { NearcadeError } from '#shared/errors.ts';
import type { Clock } from '../../clock.ts';

/** Requests that may come at once: a late joiner opens two transports and hears every voice there is. */
const BURST = 60;

/** Requests a second after that: push-to-talk in haste makes six. */
const PER_S = 8;

/** How often one member may ask something of the voice room. */
export class RequestBudget {
  readonly #clock: Clock;
  #left = BURST;
  #at: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#at = clock.now();
  }

  /** Throws `rate_limited` when the member has asked too much. */
  take(): void {
    const now = this.#clock.now();
    this.#left = Math.min(BURST, this.#left + ((now - this.#at) / 1000) * PER_S);
    this.#at = now;
    if (this.#left < 1) throw new NearcadeError('rate_limited');
    this.#left -= 1;
  }
}
