import type { z } from 'zod';
import { signInSchema } from '#shared/api/accounts.ts';
import { type Admission, admissionSchema } from '#shared/api/play.ts';

/** The public API as a program uses it. */
export class ApiClient {
  readonly #baseUrl: string;
  readonly #accessToken: string;

  private constructor(baseUrl: string, accessToken: string) {
    this.#baseUrl = baseUrl;
    this.#accessToken = accessToken;
  }

  static async register(baseUrl: string, displayName: string): Promise<ApiClient> {
    const email = `${displayName.toLowerCase()}-${crypto.randomUUID().slice(0, 8)}@example.test`;
    const signedIn = await post(baseUrl, '/v1/accounts/register', signInSchema, {
      email,
      password: 'correct horse battery',
      displayName,
    });
    return new ApiClient(baseUrl, signedIn.accessToken);
  }

  createSession(game: string): Promise<Admission> {
    return this.#post('/v1/sessions', admissionSchema, { game });
  }

  /** A fresh ticket for the seat that the caller has. */
  ticket(sessionId: string): Promise<Admission> {
    return this.#post(`/v1/sessions/${sessionId}/tickets`, admissionSchema, {});
  }

  #post<T>(path: string, schema: z.ZodType<T>, body: unknown): Promise<T> {
    return post(this.#baseUrl, path, schema, body, { authorization: `Bearer ${this.#accessToken}` });
  }
}

async function post<T>(
  baseUrl: string,
  path: string,
  schema: z.ZodType<T>,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<T> {
  const response = await fetch(new URL(path, baseUrl), {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID(), ...headers },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  return schema.parse(await response.json());
}
