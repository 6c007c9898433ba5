import type { Clock } from '../clock.ts';
import { backoffMs } from '../fleet/backoff.ts';
import type { Logger } from '../log.ts';

const RETRY_FIRST_MS = 1000;
/** Also what a machine that no group knows asks for: one call a minute of hundreds of nodes is far below any rate limit. */
const RETRY_MOST_MS = 60_000;

/** Milliseconds after which what the group has is said again: somebody may have changed it by hand. */
export const SAY_AGAIN_MS = 10 * 60_000;

export interface ScaleInProtectionOptions {
  /** Turns the protection of this machine on or off. Doing it twice changes nothing. Rejects when the group has not got it. */
  protect: (isOn: boolean) => Promise<void>;
  /** Milliseconds with nothing held before it is turned off: sessions that follow one another cost no calls. */
  lingerMs: number;
  clock: Clock;
  log: Logger;
  random?: () => number;
}

/**
 * Keeps the machine from being taken away for being too many while something is held on it. On at once, off a little later; what could
 * not be said is tried until it was, and an unsure state (the start, an error, a long time) is said anew.
 */
export class ScaleInProtection {
  readonly #options: ScaleInProtectionOptions;
  /** What the group should have; undefined: nobody has said so yet. */
  #wanted: boolean | undefined;
  /** What it has as far as is known. */
  #known: boolean | undefined;
  #isHeld: boolean | undefined;
  #cancelLinger: (() => void) | undefined;
  #cancelNext: (() => void) | undefined;
  #saying: Promise<void> | undefined;
  #failures = 0;
  #closed = false;

  constructor(options: ScaleInProtectionOptions) {
    this.#options = options;
  }

  /** Whether something is held now. Cheap when it is what was said before. */
  hold(isHeld: boolean): void {
    if (this.#closed || isHeld === this.#isHeld) return;
    this.#isHeld = isHeld;
    this.#cancelLinger?.();
    if (isHeld) {
      this.#want(true);
    } else {
      this.#cancelLinger = this.#options.clock.after(this.#options.lingerMs, () => this.#want(false));
    }
  }

  /** Nothing is held any more, and nobody will say so again: turns it off if it may be on, in one try. */
  async release(): Promise<void> {
    await this.close();
    if (this.#known === false) return;
    await this.#options.protect(false).then(
      () => this.#options.log.info('scale-in protection is off'),
      (err: unknown) => this.#options.log.warn({ err }, 'scale-in protection could not be turned off'),
    );
  }

  /** Leaves it as it is. Resolves when no call is under way. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelLinger?.();
    this.#cancelNext?.();
    await this.#saying;
  }

  #want(isOn: boolean): void {
    this.#wanted = isOn;
    // A new wish does not wait for the turn of an old one that failed.
    this.#say();
  }

  #say(): void {
    if (this.#closed || this.#saying !== undefined || this.#wanted === this.#known) return;
    this.#cancelNext?.();
    this.#saying = this.#sayOnce().finally(() => {
      this.#saying = undefined;
      if (this.#failures === 0) this.#say();
    });
  }

  async #sayOnce(): Promise<void> {
    const { protect, log, random = Math.random } = this.#options;
    const isOn = this.#wanted === true;
    try {
      await protect(isOn);
      if (this.#failures > 0 || this.#known !== isOn)
        log.info(`scale-in protection is ${isOn ? 'on' : 'off'}`);
      this.#known = isOn;
      this.#failures = 0;
      this.#next(SAY_AGAIN_MS);
    } catch (err) {
      // It may have been done all the same.
      this.#known = undefined;
      this.#failures += 1;
      const pauseMs = backoffMs(this.#failures - 1, RETRY_FIRST_MS, RETRY_MOST_MS, random);
      log.warn(
        { err, isOn, failures: this.#failures, pauseMs },
        'scale-in protection could not be set: will retry',
      );
      this.#next(pauseMs);
    }
  }

  #next(ms: number): void {
    this.#cancelNext = this.#options.clock.after(ms, () => {
      this.#known = undefined;
      this.#say();
    });
  }
}
