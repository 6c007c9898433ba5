import { accountsApi } from '#shared/api/accounts.ts';
import { catalogApi, type Game } from '#shared/api/catalog.ts';
import { callApi } from '#shared/api/client.ts';
import type { CallInput, CallOutput, EndpointSpec } from '#shared/api/endpoint.ts';
import { PAGE_SIZE_MAX } from '#shared/api/page.ts';
import { type Entry, playApi } from '#shared/api/play.ts';
import { NearcadeError } from '#shared/errors.ts';
import type { Role } from '#shared/ticket.ts';
import type { Rtts } from '../session/round-trips.ts';
import type { Access } from './access.ts';
import { randomId } from './ids.ts';

export type Invitation = { roomNumber: string } | { inviteCode: string };

/** The slot or the save that a session begins with. */
export type SaveWish = { saveSlot: string } | { saveId: string } | Record<string, never>;

/** The platform's API with the caller's sign-in. Every method throws NearcadeError. */
export class ApiClient {
  readonly #fetch: typeof fetch;
  readonly #access: Access;
  readonly #rtts: () => Rtts | undefined;

  /** `rtts`: the round trips that were measured, for the platform to choose a region by. */
  constructor(fetcher: typeof fetch, access: Access, rtts: () => Rtts | undefined = () => undefined) {
    this.#fetch = fetcher;
    this.#access = access;
    this.#rtts = rtts;
  }

  /** Refreshes the access token once when it was not taken, then says it again with the same idempotency key. */
  async call<S extends EndpointSpec>(spec: S, input: CallInput<S>): Promise<CallOutput<S>> {
    const key = spec.idempotent === true ? { idempotencyKey: randomId() } : {};
    const send = (token: string | undefined) => callApi(spec, input, { fetch: this.#fetch, token, ...key });
    const token = this.#access.token;
    try {
      return await send(token);
    } catch (error) {
      const stale = error instanceof NearcadeError && STALE_TOKEN.has(error.code);
      if (!stale) throw error;
      const fresh = this.#access.token !== token || (await this.#access.refresh());
      if (!fresh) throw error;
      return send(this.#access.token);
    }
  }

  login(email: string, password: string): Promise<void> {
    return this.#access.signIn(accountsApi.login, { body: { email, password } });
  }

  register(email: string, password: string, displayName: string): Promise<void> {
    return this.#access.signIn(accountsApi.register, { body: { email, password, displayName } });
  }

  /** Plays at once, without an address. */
  playAsGuest(): Promise<void> {
    return this.#access.signIn(accountsApi.guest, { body: {} });
  }

  /** By the token of a mailed link; signs in. */
  resetPassword(token: string, password: string): Promise<void> {
    return this.#access.signIn(accountsApi.resetPassword, { body: { token, password } });
  }

  /** Signed out here even when the platform cannot be told. */
  async logout(): Promise<void> {
    try {
      await this.call(accountsApi.logout, {});
    } finally {
      this.#access.signOut();
    }
  }

  /** The first games by title of those that have all the words. */
  async games(words = ''): Promise<Game[]> {
    const q = words.trim() === '' ? {} : { q: words };
    return (await this.call(catalogApi.list, { query: { ...q, limit: PAGE_SIZE_MAX } })).games;
  }

  game(slug: string): Promise<Game> {
    return this.call(catalogApi.get, { params: { slug } });
  }

  /** `maxPrice`: what the player has agreed to. `save`: what to begin with; nothing: the slot that is kept by itself. */
  createSession(game: string, maxPrice: number, save: SaveWish = {}): Promise<Entry> {
    return this.call(playApi.create, { body: { game, maxPrice, ...save, rtts: this.#rtts() } });
  }

  /** The session that the caller's party has started. */
  enterParty(party: string, maxPrice: number): Promise<Entry> {
    return this.call(playApi.create, { body: { party, maxPrice, rtts: this.#rtts() } });
  }

  /** A fresh ticket for the caller's seat, or the place in the queue, which it keeps. `session_over` when there is nothing to come back to. */
  newTicket(sessionId: string): Promise<Entry> {
    return this.call(playApi.ticket, { params: { id: sessionId } });
  }

  join(invitation: Invitation, role: Role): Promise<Entry> {
    return this.call(playApi.join, { body: { ...invitation, role } });
  }

  /** Gives up the caller's place; the host's ends the session. */
  async leave(sessionId: string): Promise<void> {
    await this.call(playApi.leave, { params: { id: sessionId } });
  }
}

const STALE_TOKEN: ReadonlySet<string> = new Set(['token_expired', 'unauthenticated']);
