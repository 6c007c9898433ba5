import { batch, type ReadonlySignal, signal } from '@preact/signals';
import {
  accessClaimsSchema,
  accountsApi,
  type SignIn,
  type signInSchema,
  type User,
} from '#shared/api/accounts.ts';
import { callApi } from '#shared/api/client.ts';
import type { CallInput, EndpointSpec } from '#shared/api/endpoint.ts';
import type { CurrentPlace } from '#shared/api/play.ts';
import { NearcadeError } from '#shared/errors.ts';

/** Refresh this long before the access token ends, so that no click pays for a refresh first. */
const REFRESH_AHEAD_S = 60;

/** The part of an access token's claims that a page may know. */
const claimsSchema = accessClaimsSchema.pick({ sid: true });

/** `unknown` until the first refresh has answered. */
export type AccessState = { kind: 'unknown' } | { kind: 'out' } | { kind: 'in'; user: User };

/**
 * The access token, in memory only, and who it belongs to. The refresh token is a cookie that no script sees; a
 * refresh runs once at a time, whoever asks.
 */
export class Access {
  readonly state = signal<AccessState>({ kind: 'unknown' });
  readonly #place = signal<CurrentPlace | null>(null);
  /** The session that the player was in when the platform last answered a sign-in or a refresh. */
  readonly place: ReadonlySignal<CurrentPlace | null> = this.#place;
  readonly #fetch: typeof fetch;
  readonly #token = signal<string | undefined>(undefined);
  /** Milliseconds since 1970. */
  #staleAt = 0;
  #refreshing: Promise<boolean> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(fetcher: typeof fetch) {
    this.#fetch = fetcher;
  }

  get token(): string | undefined {
    return this.#token.peek();
  }

  /** The sign-in that the token comes from, by which the platform names this device. */
  get signInId(): string | undefined {
    const claims = this.token?.split('.')[1];
    if (claims === undefined) return undefined;
    const text = atob(claims.replaceAll('-', '+').replaceAll('_', '/'));
    return claimsSchema.safeParse(JSON.parse(text)).data?.sid;
  }

  /** The token as it changes. */
  get currentToken(): ReadonlySignal<string | undefined> {
    return this.#token;
  }

  /** Like `refresh`, unless the token that there is will do: for what a stale one keeps from being told that it is stale. */
  ensureFresh(): Promise<boolean> {
    return this.token !== undefined && Date.now() < this.#staleAt ? Promise.resolve(true) : this.refresh();
  }

  /** By any endpoint that answers a sign-in. */
  async signIn<S extends EndpointSpec & { response: typeof signInSchema }>(
    spec: S,
    input: CallInput<S>,
  ): Promise<void> {
    this.#take((await callApi(spec, input, { fetch: this.#fetch })) as SignIn);
  }

  /** True when there is a fresh token afterwards. Throws only when the platform could not be asked. */
  refresh(): Promise<boolean> {
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  signOut(): void {
    clearTimeout(this.#timer);
    this.#token.value = undefined;
    this.state.value = { kind: 'out' };
  }

  async #refresh(): Promise<boolean> {
    try {
      this.#take(await callApi(accountsApi.refresh, {}, { fetch: this.#fetch }));
      return true;
    } catch (error) {
      const over = error instanceof NearcadeError && (error.status === 401 || error.code === 'banned');
      if (!over) throw error;
      this.signOut();
      return false;
    }
  }

  #take(answer: SignIn): void {
    const delay = Math.max(answer.expiresIn - REFRESH_AHEAD_S, answer.expiresIn / 2);
    // Before the signals, whose effects may ask for it.
    this.#staleAt = Date.now() + delay * 1000;
    batch(() => this.#keep(answer));
    clearTimeout(this.#timer);
    // A refresh that fails here is made again by the next request's 401.
    this.#timer = setTimeout(() => void this.refresh().catch(() => {}), delay * 1000);
  }

  #keep(answer: SignIn): void {
    this.#token.value = answer.accessToken;
    this.#place.value = answer.current;
    const current = this.state.peek();
    if (current.kind !== 'in' || JSON.stringify(current.user) !== JSON.stringify(answer.user)) {
      this.state.value = { kind: 'in', user: answer.user };
    }
  }
}
