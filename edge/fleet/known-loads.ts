import type { NodeLoad } from '#shared/api/fleet.ts';

/** Milliseconds for which what was read counts. Nodes tell theirs every four seconds: asking more often brings nothing new. */
const FRESH_MS = 1000;

/** What an isolate has read of the nodes' load, so that not every claim asks Redis. */
export class KnownLoads {
  #loads: Record<string, NodeLoad> | undefined;
  /** Milliseconds since 1970 at which somebody was last sent to read. */
  #askedAt = 0;

  /** What is known, or undefined for who is to read and `set` it: one at a time, the others go by what was known before. */
  at(now: number): Record<string, NodeLoad> | undefined {
    if (this.#loads !== undefined && now - this.#askedAt < FRESH_MS) return this.#loads;
    this.#askedAt = now;
    return undefined;
  }

  set(loads: Record<string, NodeLoad>): void {
    this.#loads = loads;
  }
}
