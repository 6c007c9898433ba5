import type { AuthenticatedNode } from '#edge/http/context.ts';

/** Milliseconds for which an isolate goes by what it has read. So long a token may still be taken after another start of its node has its own. */
const FRESH_MS = 2_000;

/** Far more than a fleet has. */
const CAPACITY = 2_000;

/**
 * Which node a token belongs to, as this isolate has read it a moment ago: a node that has much to tell is not looked up each time. What a
 * start of a node did that was replaced in that moment has no effect: leases go by the start, and reports and saves by the session's epoch.
 */
export class KnownNodes {
  readonly #byToken = new Map<string, { node: AuthenticatedNode; until: number }>();

  get(token: string, now: Date): AuthenticatedNode | undefined {
    const known = this.#byToken.get(token);
    if (known !== undefined && now.getTime() < known.until) return known.node;
    this.#byToken.delete(token);
    return undefined;
  }

  set(token: string, node: AuthenticatedNode, now: Date): void {
    if (this.#byToken.size >= CAPACITY) this.#byToken.clear();
    this.#byToken.set(token, { node, until: now.getTime() + FRESH_MS });
  }

  /** Another start of that node has a token now. */
  forget(nodeId: string): void {
    for (const [token, { node }] of this.#byToken) if (node.id === nodeId) this.#byToken.delete(token);
  }
}
