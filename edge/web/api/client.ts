import { z } from 'zod';
import { type Game, gameListSchema } from '#shared/api/catalog.ts';
import { type Admission, admissionSchema, currentSessionSchema } from '#shared/api/play.ts';
import { putPresenceResponseSchema } from '#shared/api/presence.ts';
import { NearcadeError } from '#shared/errors.ts';
import type { Role } from '#shared/ticket.ts';
import type { Access } from './access.ts';
import { type HttpRequest, sendJson } from './http.ts';
import { randomId } from './ids.ts';

export type CurrentSession = NonNullable<z.infer<typeof currentSessionSchema>['current']>;
export type Invitation = { roomNumber: string } | { inviteCode: string };
type PresenceStatus = 'online' | 'playing' | 'watching';

/** The platform's API, typed. Every method throws NearcadeError. */
export class ApiClient {
  readonly #fetch: typeof fetch;
  readonly #access: Access;

  constructor(fetcher: typeof fetch, access: Access) {
    this.#fetch = fetcher;
    this.#access = access;
  }

  login(email: string, password: string): Promise<void> {
    return this.#access.signIn({ method: 'POST', path: '/v1/accounts/login', body: { email, password } });
  }

  register(email: string, password: string, displayName: string): Promise<void> {
    return this.#access.signIn({
      method: 'POST',
      path: '/v1/accounts/register',
      body: { email, password, displayName },
      headers: idempotent(),
    });
  }

  /** Signed out here even when the platform cannot be told. */
  async logout(): Promise<void> {
    try {
      await this.#send({ method: 'POST', path: '/v1/accounts/logout', body: {} }, z.unknown());
    } finally {
      this.#access.signOut();
    }
  }

  async games(): Promise<Game[]> {
    return (await this.#send({ method: 'GET', path: '/v1/games' }, gameListSchema)).games;
  }

  createSession(game: string): Promise<Admission> {
    return this.#mutate('/v1/sessions', { game });
  }

  /** A fresh ticket for the caller's seat. `session_over` when there is nothing to come back to. */
  newTicket(sessionId: string): Promise<Admission> {
    return this.#mutate(`/v1/sessions/${encodeURIComponent(sessionId)}/tickets`, {});
  }

  join(invitation: Invitation, role: Role): Promise<Admission> {
    return this.#mutate('/v1/sessions/join', { ...invitation, role });
  }

  async currentSession(): Promise<CurrentSession | null> {
    return (await this.#send({ method: 'GET', path: '/v1/sessions/current' }, currentSessionSchema)).current;
  }

  async putPresence(status: PresenceStatus, sessionId: string | null): Promise<void> {
    await this.#send(
      { method: 'PUT', path: '/v1/presence', body: { status, sessionId } },
      putPresenceResponseSchema,
    );
  }

  #mutate(path: string, body: unknown): Promise<Admission> {
    return this.#send({ method: 'POST', path, body, headers: idempotent() }, admissionSchema);
  }

  /** Refreshes the access token once when it was not taken, then says it again with the same idempotency key. */
  async #send<T>(request: HttpRequest, schema: z.ZodType<T>): Promise<T> {
    const token = this.#access.token;
    try {
      return await sendJson(this.#fetch, authorized(request, token), schema);
    } catch (error) {
      const stale = error instanceof NearcadeError && STALE_TOKEN.has(error.code);
      if (!stale) throw error;
      const fresh = this.#access.token !== token || (await this.#access.refresh());
      if (!fresh) throw error;
      return sendJson(this.#fetch, authorized(request, this.#access.token), schema);
    }
  }
}

const STALE_TOKEN: ReadonlySet<string> = new Set(['token_expired', 'unauthenticated']);

function authorized(request: HttpRequest, token: string | undefined): HttpRequest {
  if (token === undefined) return request;
  return { ...request, headers: { ...request.headers, authorization: `Bearer ${token}` } };
}

function idempotent(): Record<string, string> {
  return { 'idempotency-key': randomId() };
}
