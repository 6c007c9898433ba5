import type { InputMessage } from '#shared/input.ts';
import { LET_GO, PAD_AT_REST, type PadState, PUSHED } from '#shared/pads.ts';

/** Sticks that have not moved for this long stand still: where they stand is said once more, reliably. */
const STILL_MS = 50;

/** The messages by which the states of a hand's pad reach the node (shared/input.ts): presses reliably, the way of a stick as it comes. */
export class PadSender {
  readonly #hand: number;
  readonly #send: (message: InputMessage) => void;
  #sequence = 0;
  #last: PadState = PAD_AT_REST;
  /** How the reliable channel knows it. */
  #settled: PadState = PAD_AT_REST;
  #pushed = 0;
  #movedAt = 0;

  constructor(hand: number, send: (message: InputMessage) => void) {
    this.#hand = hand;
    this.#send = send;
  }

  plug(plugged: boolean): void {
    this.startAnew();
    this.#send({ kind: 'padPlug', hand: this.#hand, plugged });
  }

  /** What it moves is at rest now. */
  startAnew(): void {
    this.#last = PAD_AT_REST;
    this.#settled = PAD_AT_REST;
    this.#pushed = 0;
  }

  /** Call it at each look, also when nothing has changed. */
  show(state: PadState, now: number): void {
    const pushed = pushes(state, this.#pushed);
    const moved = !sameAxes(state, this.#last);
    if (moved) this.#movedAt = now;
    const still = now - this.#movedAt >= STILL_MS && !sameAxes(state, this.#settled);
    if (state.buttons !== this.#last.buttons || pushed !== this.#pushed || still) {
      this.#send({ kind: 'pad', hand: this.#hand, sequence: this.#next(), ...state });
      this.#settled = state;
    } else if (moved) {
      const { axes, triggers } = state;
      this.#send({ kind: 'padAxes', hand: this.#hand, sequence: this.#next(), axes, triggers });
    }
    this.#last = state;
    this.#pushed = pushed;
  }

  #next(): number {
    this.#sequence = (this.#sequence + 1) & 0xffff;
    return this.#sequence;
  }
}

/** A bit for each way that a stick is pushed beyond its middle: a press of its own to many games. */
function pushes({ axes }: PadState, before: number): number {
  let bits = 0;
  for (const [index, axis] of axes.entries()) {
    for (const [way, value] of [-axis, axis].entries()) {
      const bit = 1 << (2 * index + way);
      if (value > ((before & bit) === 0 ? PUSHED : LET_GO)) bits |= bit;
    }
  }
  return bits;
}

function sameAxes(a: PadState, b: PadState): boolean {
  return (
    a.axes.every((axis, index) => axis === b.axes[index]) &&
    a.triggers.every((trigger, index) => trigger === b.triggers[index])
  );
}
