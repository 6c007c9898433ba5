import type { Slot } from '../agent/slot.ts';
import type { Clock } from '../clock.ts';

/**
 * A drain that the edge has ordered. The node stays up and warm: players are told, what still plays at the deadline ends, and
 * the order may be taken back.
 */
export class OrderedDrain {
  readonly #slots: readonly Slot[];
  readonly #clock: Clock;
  #cancelDeadline: (() => void) | undefined;
  #isOn = false;
  #deadline: number | undefined;

  /** `clock`: the edge's. */
  constructor(slots: readonly Slot[], clock: Clock) {
    this.#slots = slots;
    this.#clock = clock;
  }

  get isOn(): boolean {
    return this.#isOn;
  }

  /** Milliseconds since 1970; undefined: none is ordered, or sessions end by themselves. */
  get deadline(): number | undefined {
    return this.#deadline;
  }

  /** `deadline`: milliseconds since 1970; null: sessions end by themselves. */
  begin(deadline: number | null): void {
    this.cancel();
    this.#isOn = true;
    if (deadline === null) return;
    this.#deadline = deadline;
    for (const slot of this.#slots) slot.announceDrain(deadline);
    this.#cancelDeadline = this.#clock.after(Math.max(0, deadline - this.#clock.now()), () => {
      for (const slot of this.#slots) slot.stop('node_draining');
    });
  }

  cancel(): void {
    this.#isOn = false;
    this.#deadline = undefined;
    this.#cancelDeadline?.();
    this.#cancelDeadline = undefined;
    for (const slot of this.#slots) slot.announceDrain(undefined);
  }
}
