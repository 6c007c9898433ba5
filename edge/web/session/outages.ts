import { type LinkFailure, nextStep, type Step } from './reconnect-policy.ts';

/** A link that held this long ends an outage; one that breaks sooner counts as another failed attempt. */
const STABLE_MS = 5_000;

/** Remembers how long the way to the node has been gone, and how often it was tried. */
export class Outages {
  #attempt = 0;
  #since: number | undefined;
  #linkSince: number | undefined;

  linkBegun(): void {
    this.#linkSince = performance.now();
  }

  /** What was before does not count: the player begins anew, or waits in line, which is no outage. */
  forget(): void {
    this.#attempt = 0;
    this.#since = undefined;
  }

  /** What to do after this failure. */
  next(failure: LinkFailure): Step {
    const now = performance.now();
    if (this.#linkSince !== undefined && now - this.#linkSince >= STABLE_MS) this.forget();
    this.#linkSince = undefined;
    this.#since ??= now;
    const step = nextStep(failure, this.#attempt, now - this.#since, Math.random());
    this.#attempt += 1;
    return step;
  }
}
