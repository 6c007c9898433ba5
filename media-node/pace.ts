import type { Clock } from './clock.ts';

/** Milliseconds between two tellings to a small room. */
const MIN_PAUSE_MS = 100;

/**
 * Milliseconds a listener that each telling has to be apart: a room of 200 hears of changes once a second. What players press goes
 * through the same process, and must not wait for news of who mutes whom.
 */
const PAUSE_MS_A_LISTENER = 5;

export interface PaceOptions {
  clock: Clock;
  /** How many are told. */
  listeners: () => number;
  /** Tells how things stand then. */
  tell: () => void;
}

/** Tells of changes soon, but not more often than the size of the room allows: those in between are told together. */
export class Pace {
  readonly #options: PaceOptions;
  #cancel: (() => void) | undefined;
  #toldAt = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(options: PaceOptions) {
    this.#options = options;
  }

  /** Something has changed. */
  changed(): void {
    if (this.#closed || this.#cancel !== undefined) return;
    const { clock, listeners, tell } = this.#options;
    const pause = Math.max(MIN_PAUSE_MS, listeners() * PAUSE_MS_A_LISTENER);
    this.#cancel = clock.after(Math.max(0, this.#toldAt + pause - clock.now()), () => {
      this.#cancel = undefined;
      this.#toldAt = clock.now();
      tell();
    });
  }

  close(): void {
    this.#closed = true;
    this.#cancel?.();
  }
}
