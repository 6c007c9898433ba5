import { setTimeout as sleep } from 'node:timers/promises';
import type { Secrets } from '#secrets/secrets.ts';
import type { HeartbeatRequest, Jwks, RegisterNodeRequest, RegisterNodeResponse } from '#shared/api/fleet.ts';
import type { NodeOrder } from '#shared/api/orders.ts';
import { NearcadeError } from '#shared/errors.ts';
import { NODE_HEARTBEAT_S } from '#shared/limits.ts';
import type { Logger } from '../log.ts';
import { FLEET_KEY } from '../open-secrets.ts';
import { backoffMs } from './backoff.ts';
import type { EdgeClient } from './edge-client.ts';
import type { EdgeClock } from './edge-clock.ts';

const RETRY_FIRST_MS = 250;
const RETRY_MOST_MS = 5000;

export interface MembershipOptions {
  edge: EdgeClient;
  secrets: Secrets;
  registration: Omit<RegisterNodeRequest, 'signalUrl'>;
  /** The address that players reach, once they do (media-node/naming). Throws while they do not. */
  signalUrl: (fleetKey: string, signal: AbortSignal) => Promise<string>;
  /** What the next heartbeat says. */
  report: () => HeartbeatRequest;
  /** The edge no longer counts this session as live. */
  onEndSession: (sessionId: string) => void;
  /** Orders that were not acknowledged yet. */
  onOrders: (orders: readonly NodeOrder[]) => void;
  /** Learns the edge's clock from its answers. */
  clock: EdgeClock;
  /** The edge can be reached (again). */
  onRegistered: () => void;
  log: Logger;
}

/** The node's place in the fleet: registers, keeps its lease by heartbeats, registers again when the edge has forgotten it. */
export class Membership {
  readonly #options: MembershipOptions;
  readonly #stop = new AbortController();
  #registered: RegisterNodeResponse | undefined;
  #jwks: Jwks = { keys: [] };
  #loop: Promise<void> | undefined;
  #hurry = new AbortController();
  #beatDue = false;
  #reachable = false;
  #reservedUntil: number | null = null;
  #answeredAt = performance.now();
  #failedAt = Number.NEGATIVE_INFINITY;

  constructor(options: MembershipOptions) {
    this.#options = options;
  }

  /** Keys that tickets are signed with, as of the last answer. */
  get jwks(): Jwks {
    return this.#jwks;
  }

  /** Bearer token for events. Throws `unavailable` while the node is not registered. */
  get nodeToken(): string {
    if (this.#registered === undefined) throw new NearcadeError('unavailable', 'The node is not registered');
    return this.#registered.nodeToken;
  }

  /** Whether the edge has ever taken this node in. */
  get registered(): boolean {
    return this.#registered !== undefined;
  }

  /** Until when slots are kept for hosts who have not come, as of the last heartbeat; milliseconds since 1970 by the edge's clock. */
  get reservedUntil(): number | null {
    return this.#reservedUntil;
  }

  /** Whether the edge answered the last time. */
  get reachable(): boolean {
    return this.#reachable;
  }

  /** Whether the edge did not answer at some time in the last so many milliseconds. */
  wasAway(withinMs: number): boolean {
    return !this.#reachable || performance.now() - this.#failedAt < withinMs;
  }

  /** Milliseconds since the edge's last answer, or since the start. */
  get silentMs(): number {
    return performance.now() - this.#answeredAt;
  }

  /** Resolves when the node is registered for the first time; heartbeats follow. */
  async join(): Promise<void> {
    await this.#register();
    this.#loop = this.#keepLease();
  }

  /** The edge learns what `report` says now, not at the next tick. */
  beatNow(): void {
    this.#beatDue = true;
    this.#hurry.abort();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.#hurry.abort();
    await this.#loop;
  }

  /** `askAnew`: the edge has refused what it gave us before, so that the key may be another one by now. */
  async #register(askAnew = false): Promise<void> {
    const { edge, secrets, registration, clock, log } = this.#options;
    const forget = secrets.onChange(FLEET_KEY, () => this.#hurry.abort());
    let isRefused = askAnew;
    let key: string | undefined;
    for (let attempt = 0; !this.#stop.signal.aborted; attempt++) {
      try {
        const tried = key;
        key = await (isRefused ? secrets.refresh(FLEET_KEY) : secrets.get(FLEET_KEY));
        // The same key again waits its turn; another one goes at once.
        if (isRefused && key === tried)
          await this.#pause(backoffMs(attempt, RETRY_FIRST_MS, RETRY_MOST_MS, Math.random));
        const signalUrl = await this.#options.signalUrl(key, this.#stop.signal);
        const sentAt = clock.local();
        this.#registered = await edge.register(key, { ...registration, signalUrl });
        clock.note(this.#registered.now, sentAt);
        this.#answered();
        this.#jwks = this.#registered.jwks;
        log.info({ leaseSeconds: this.#registered.leaseSeconds }, 'registered with the edge');
        forget();
        this.#options.onRegistered();
        return;
      } catch (error) {
        // A missing secret or a refused key may be put right while we run: keep trying, loudly.
        log.warn({ err: error, attempt }, 'could not register with the edge: will retry');
        isRefused = isForgotten(error);
        if (!isRefused) await this.#pause(backoffMs(attempt, RETRY_FIRST_MS, RETRY_MOST_MS, Math.random));
      }
    }
    forget();
  }

  async #keepLease(): Promise<void> {
    const { edge, report, onEndSession, onOrders, clock, log } = this.#options;
    while (!this.#stop.signal.aborted) {
      if (!this.#beatDue) await this.#pause((this.#registered?.heartbeatSeconds ?? NODE_HEARTBEAT_S) * 1000);
      if (this.#stop.signal.aborted) return;
      this.#beatDue = false;
      try {
        const sentAt = clock.local();
        const answer = await edge.heartbeat(this.nodeToken, report());
        clock.note(answer.now, sentAt);
        this.#answered();
        this.#jwks = answer.jwks;
        this.#reservedUntil = answer.reservedUntil;
        onOrders(answer.orders);
        for (const sessionId of answer.endSessions) onEndSession(sessionId);
      } catch (error) {
        this.#reachable = false;
        this.#failedAt = performance.now();
        log.warn({ err: error, silentMs: Math.round(this.silentMs) }, 'heartbeat failed');
        if (isForgotten(error)) await this.#register(true);
      }
    }
  }

  #answered(): void {
    this.#reachable = true;
    this.#answeredAt = performance.now();
  }

  async #pause(ms: number): Promise<void> {
    this.#hurry = new AbortController();
    const signal = AbortSignal.any([this.#stop.signal, this.#hurry.signal]);
    await sleep(ms, undefined, { signal }).catch(() => undefined);
  }
}

/** The edge does not know us, or not any more: a lost lease, a token of an older boot, a restored database. */
function isForgotten(error: unknown): boolean {
  return (
    error instanceof NearcadeError &&
    ['node_unknown', 'unauthenticated', 'token_expired'].includes(error.code)
  );
}
