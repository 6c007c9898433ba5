/** Restarts of one part in this many milliseconds: what dies more often would never show a picture. */
const WINDOW_MS = 60_000;
const RESTARTS = 3;

/** How often a part may be started anew before it is given up: so many times in a window, not in a whole long session. */
export class RestartBudget {
  readonly #now: () => number;
  #spent: number[] = [];

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Takes one restart out of the budget; false when none is left. */
  take(): boolean {
    const now = this.#now();
    this.#spent = this.#spent.filter(at => now - at < WINDOW_MS);
    if (this.#spent.length >= RESTARTS) return false;
    this.#spent.push(now);
    return true;
  }
}
