/** A token bucket: so many at once, and so many a second after that. */
export class Allowance {
  readonly #most: number;
  readonly #perSecond: number;
  #left: number;
  #countedAt = 0;

  constructor(most: number, perSecond: number) {
    this.#most = most;
    this.#perSecond = perSecond;
    this.#left = most;
  }

  /** False when that is one too many. `now`: milliseconds. */
  take(now: number): boolean {
    const refilled = this.#left + ((now - this.#countedAt) / 1000) * this.#perSecond;
    this.#countedAt = now;
    const left = Math.min(this.#most, refilled);
    this.#left = left >= 1 ? left - 1 : left;
    return left >= 1;
  }
}
