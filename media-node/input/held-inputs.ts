/** Presses that may wait behind a held one: faster tapping than this is no hand. */
const MAX_WAITING_PRESSES = 4;

export interface Clock {
  /** Milliseconds, monotonic. */
  now(): number;
  /** Runs once after `ms`; the answer cancels it. */
  after(ms: number, run: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

interface Target {
  /** Bit n: seat n holds it. */
  holders: number;
  down: boolean;
  pressedAt: number;
  /** Presses that came while an earlier press was not yet allowed to end. */
  waiting: number;
  cancelRelease: (() => void) | undefined;
}

/**
 * What is held, by whom: keys and buttons that several seats may share. A target goes down with the first seat that
 * presses it and up when the last lets go. A press lasts at least `minimumHoldMs`; what comes for the same target
 * meanwhile waits its turn, so the game sees the presses and releases in the order in which they were made.
 */
export class HeldInputs {
  readonly #targets = new Map<number, Target>();
  readonly #emit: (target: number, down: boolean) => void;
  readonly #clock: Clock;
  #minimumHoldMs = 0;

  constructor(emit: (target: number, down: boolean) => void, clock: Clock = systemClock) {
    this.#emit = emit;
    this.#clock = clock;
  }

  set minimumHoldMs(ms: number) {
    this.#minimumHoldMs = ms;
  }

  /** Whether any target numbered `from` or above is down. */
  anyDown(from = 0): boolean {
    for (const [id, target] of this.#targets) if (target.down && id >= from) return true;
    return false;
  }

  press(seat: number, id: number): void {
    const target = this.#target(id);
    const before = target.holders;
    target.holders |= 1 << seat;
    if (before !== 0) return;
    if (target.cancelRelease !== undefined) {
      target.waiting = Math.min(target.waiting + 1, MAX_WAITING_PRESSES);
    } else {
      this.#down(id, target);
    }
  }

  release(seat: number, id: number): void {
    const target = this.#targets.get(id);
    if (target === undefined || (target.holders & (1 << seat)) === 0) return;
    target.holders &= ~(1 << seat);
    if (target.holders === 0 && target.cancelRelease === undefined) this.#releaseWhenHeld(id, target);
  }

  /** Of what the seat holds, the targets numbered from `from` to below `to`. */
  releaseSeat(seat: number, from = 0, to = Number.POSITIVE_INFINITY): void {
    for (const id of this.#targets.keys()) if (id >= from && id < to) this.release(seat, id);
  }

  /** Everything up at once, minimum hold or not: the session ends, or its seats are laid out anew. */
  releaseAll(): void {
    for (const [id, target] of this.#targets) {
      target.cancelRelease?.();
      if (target.down) this.#emit(id, false);
    }
    this.#targets.clear();
  }

  #target(id: number): Target {
    let target = this.#targets.get(id);
    if (target === undefined) {
      target = { holders: 0, down: false, pressedAt: 0, waiting: 0, cancelRelease: undefined };
      this.#targets.set(id, target);
    }
    return target;
  }

  #down(id: number, target: Target): void {
    target.down = true;
    target.pressedAt = this.#clock.now();
    this.#emit(id, true);
  }

  #releaseWhenHeld(id: number, target: Target): void {
    const remaining = this.#minimumHoldMs - (this.#clock.now() - target.pressedAt);
    if (remaining <= 0) this.#up(id, target);
    else target.cancelRelease = this.#clock.after(Math.ceil(remaining), () => this.#up(id, target));
  }

  #up(id: number, target: Target): void {
    target.cancelRelease = undefined;
    target.down = false;
    this.#emit(id, false);
    if (target.waiting === 0) return;
    target.waiting--;
    this.#down(id, target);
    if (target.waiting > 0 || target.holders === 0) this.#releaseWhenHeld(id, target);
  }
}
