import { accountsApi } from '#shared/api/accounts.ts';
import { callApi } from '#shared/api/client.ts';
import type { CallInput, CallOutput, EndpointSpec } from '#shared/api/endpoint.ts';
import { type Admission, playApi } from '#shared/api/play.ts';

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

  /** Any endpoint as this player. */
  call<S extends EndpointSpec>(spec: S, input: CallInput<S>): Promise<CallOutput<S>> {
    const options = { fetch, origin: this.#origin, token: this.#token };
    return callApi(spec, input, { ...options, idempotencyKey: crypto.randomUUID() });
  }

  createSession(game: string): Promise<Admission> {
    return this.call(playApi.create, { body: { game } });
  }

  /** A fresh ticket for the seat that the caller has. */
  ticket(sessionId: string): Promise<Admission> {
    return this.call(playApi.ticket, { params: { id: sessionId } });
  }
}
