export interface BucketLimits {
  /** How many come back each second. */
  perSecond: number;
  /** How many may be taken at once after a pause. */
  burst: number;
}

/** So many a second, and a burst after a pause. Times are milliseconds of any one clock. */
export class TokenBucket {
  readonly #limits: BucketLimits;
  #tokens: number;
  #at: number | undefined;

  constructor(limits: BucketLimits) {
    this.#limits = limits;
    this.#tokens = limits.burst;
  }

  /** Takes `count`; false, and takes nothing, when there are not as many. */
  take(now: number, count = 1): boolean {
    const { perSecond, burst } = this.#limits;
    const elapsed = Math.max(0, now - (this.#at ?? now));
    this.#at = now;
    this.#tokens = Math.min(burst, this.#tokens + (elapsed / 1000) * perSecond);
    if (this.#tokens < count) return false;
    this.#tokens -= count;
    return true;
  }
}
