/** WheelEvent.deltaMode (W3C UI Events). */
const MODE_LINE = 1;
const MODE_PAGE = 2;

/** What browsers report for one detent of a wheel: 100 or 120 pixels, or 3 lines. */
const PIXELS_PER_NOTCH = 100;
const PIXELS_OF_LARGE_DETENT = 120;
const LINES_PER_NOTCH = 3;

/** A pause after which a touchpad's leftover no longer counts towards the next gesture. */
const GESTURE_GAP_MS = 200;

/** Turns wheel deltas into whole notches: a wheel's detents one by one, a touchpad's small steps as they add up. */
export class WheelNotches {
  readonly #x = new AxisNotches();
  readonly #y = new AxisNotches();
  #lastAt = Number.NEGATIVE_INFINITY;

  /** `atMs` is the event's timeStamp. */
  add(
    event: { deltaX: number; deltaY: number; deltaMode: number },
    atMs: number,
  ): { dx: number; dy: number } {
    if (atMs - this.#lastAt > GESTURE_GAP_MS) {
      this.#x.forget();
      this.#y.forget();
    }
    this.#lastAt = atMs;
    return { dx: this.#x.add(event.deltaX, event.deltaMode), dy: this.#y.add(event.deltaY, event.deltaMode) };
  }
}

class AxisNotches {
  #rest = 0;

  forget(): void {
    this.#rest = 0;
  }

  add(delta: number, mode: number): number {
    if (delta === 0) return 0;
    if (mode === MODE_PAGE) return Math.sign(delta);
    if (mode !== MODE_LINE && isDetent(delta)) {
      this.#rest = 0;
      return Math.sign(delta) * Math.max(1, Math.round(Math.abs(delta) / PIXELS_OF_LARGE_DETENT));
    }
    if (Math.sign(delta) !== Math.sign(this.#rest)) this.#rest = 0;
    this.#rest += delta / (mode === MODE_LINE ? LINES_PER_NOTCH : PIXELS_PER_NOTCH);
    const whole = Math.trunc(this.#rest);
    this.#rest -= whole;
    return whole + 0; // -0 is 0
  }
}

/** One event as large as a notch comes from a wheel, and its size need not be a multiple of ours. */
function isDetent(delta: number): boolean {
  return Math.abs(delta) >= PIXELS_PER_NOTCH;
}
