import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import {
  eventsResponseSchema,
  type HeartbeatRequest,
  type HeartbeatResponse,
  heartbeatResponseSchema,
  type NodeEvent,
  type RegisterNodeRequest,
  type RegisterNodeResponse,
  registerNodeResponseSchema,
} from '#shared/api/fleet.ts';
import { type ErrorCode, NearcadeError, problemSchema } from '#shared/errors.ts';
import { type RelayWay, relayWaySchema } from '#shared/relay.ts';
import { type WhepWayRequest, whepWaySchema } from '#shared/whep.ts';

/** Milliseconds that one request to the edge may take; a lease is worth several of them. */
const REQUEST_TIMEOUT_MS = 4000;

/** The edge's API for nodes, under /node/v1. */
export class EdgeClient {
  readonly #base: string;
  readonly #fetch: typeof fetch;

  constructor(edgeUrl: string, fetcher: typeof fetch = fetch) {
    this.#base = `${edgeUrl.replace(/\/+$/, '')}/node/v1`;
    this.#fetch = fetcher;
  }

  register(fleetKey: string, request: RegisterNodeRequest): Promise<RegisterNodeResponse> {
    return this.#post('register', fleetKey, request, registerNodeResponseSchema);
  }

  heartbeat(nodeToken: string, request: HeartbeatRequest): Promise<HeartbeatResponse> {
    return this.#post('heartbeat', nodeToken, request, heartbeatResponseSchema);
  }

  async sendEvents(nodeToken: string, events: readonly NodeEvent[]): Promise<void> {
    await this.#post('events', nodeToken, { events }, eventsResponseSchema);
  }

  /** The way to a session of another node that this one relays to spectators. `ticket`: of a standard player that was sent here. */
  wayTo(nodeToken: string, sessionId: string, ticket?: string): Promise<RelayWay> {
    return this.#post('relays', nodeToken, { sessionId, ticket }, relayWaySchema);
  }

  /** The address at a relay where a standard player had better watch; null: here. */
  async whepWay(nodeToken: string, request: WhepWayRequest): Promise<string | null> {
    return (await this.#post('whep-ways', nodeToken, request, whepWaySchema)).url;
  }

  /** The node goes for good. */
  async leave(nodeToken: string): Promise<void> {
    await this.#post('leave', nodeToken, {}, z.undefined());
  }

  /** Throws the edge's own error code, or `unavailable` when there was no proper answer. */
  async #post<T>(path: string, token: string, body: unknown, schema: z.ZodType<T>): Promise<T> {
    let response: Response;
    let answer: unknown;
    try {
      response = await this.#fetch(`${this.#base}/${path}`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
          'idempotency-key': randomUUID(),
        },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      });
      const text = await response.text();
      answer = text === '' ? undefined : JSON.parse(text);
    } catch (cause) {
      throw new NearcadeError('unavailable', `The edge did not answer ${path}`, { cause });
    }
    if (!response.ok) {
      const problem = problemSchema.safeParse(answer);
      const code: ErrorCode = problem.success ? problem.data.code : 'unavailable';
      throw new NearcadeError(code, problem.success ? problem.data.detail : `${path}: ${response.status}`);
    }
    const parsed = schema.safeParse(answer);
    if (!parsed.success) {
      throw new NearcadeError('unavailable', `The edge's answer to ${path} is not valid`, {
        cause: parsed.error,
      });
    }
    return parsed.data;
  }
}
