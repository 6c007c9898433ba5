/**
 * The edge's clock as the node knows it. Tickets are signed by the edge's clock and live for seconds, so a node whose own clock is
 * wrong by a minute would refuse them all: it goes by the edge's, learnt with each heartbeat.
 */
export class EdgeClock {
  readonly #local: () => number;
  readonly #startedAt: number;
  #offsetMs = 0;

  /** `local`: milliseconds since 1970 by this machine. */
  constructor(local: () => number) {
    this.#local = local;
    this.#startedAt = local();
  }

  /** Milliseconds since 1970. The machine's own clock until the edge was heard. */
  now = (): number => this.#local() + this.#offsetMs;

  /** When this clock was made, by the edge's clock. */
  startedAt = (): number => this.#startedAt + this.#offsetMs;

  /** An answer that said `edgeNow` and was asked for at `sentAt` (by the machine's clock): it was said half-way between. */
  note(edgeNow: number, sentAt: number): void {
    this.#offsetMs = edgeNow - (sentAt + this.#local()) / 2;
  }

  /** The machine's clock, for `note`. */
  local(): number {
    return this.#local();
  }
}
