import { accountsApi } from '#shared/api/accounts.ts';
import { callApi } from '#shared/api/client.ts';
import type { CallInput, CallOutput, EndpointSpec } from '#shared/api/endpoint.ts';
import { type Admission, type Entry, playApi } from '#shared/api/play.ts';

/** The public API as a program uses it. */
export class ApiClient {
  readonly #origin: string;
  readonly #token: string;

  private constructor(origin: string, token: string) {
    this.#origin = origin;
    this.#token = token;
  }

  static async register(origin: string, displayName: string): Promise<ApiClient> {
    const email = `${displayName.toLowerCase()}-${crypto.randomUUID().slice(0, 8)}@example.test`;
    const body = { email, password: 'correct horse battery', displayName };
    const { accessToken } = await callApi(accountsApi.register, { body }, { fetch, origin });
    return new ApiClient(origin, accessToken);
  }

  static async signIn(origin: string, account: { email: string; password: string }): Promise<ApiClient> {
    const { email, password } = account;
    const body = { email, password };
    const { accessToken } = await callApi(accountsApi.login, { body }, { fetch, origin });
    return new ApiClient(origin, accessToken);
  }

  /** Any endpoint as this player. */
  call<S extends EndpointSpec>(spec: S, input: CallInput<S>): Promise<CallOutput<S>> {
    const options = { fetch, origin: this.#origin, token: this.#token };
    return callApi(spec, input, { ...options, idempotencyKey: crypto.randomUUID() });
  }

  /** Throws when it has to wait for a slot. */
  async createSession(game: string): Promise<Admission> {
    return admitted(await this.call(playApi.create, { body: { game } }));
  }

  /** A POST whose answer is looked at as it came. */
  post(spec: EndpointSpec, body: unknown, idempotencyKey: string): Promise<Response> {
    const headers = {
      authorization: `Bearer ${this.#token}`,
      'content-type': 'application/json',
      'idempotency-key': idempotencyKey,
    };
    return fetch(new URL(spec.path, this.#origin), { method: 'POST', headers, body: JSON.stringify(body) });
  }

  /** A fresh ticket for the seat that the caller has. */
  async ticket(sessionId: string): Promise<Admission> {
    return admitted(await this.call(playApi.ticket, { params: { id: sessionId } }));
  }
}

function admitted(entry: Entry): Admission {
  if (entry.kind === 'admitted') return entry;
  throw new Error(`no free slot: ${entry.position} in the queue`);
}
