import { NeonDbError, neonConfig } from '@neondatabase/serverless';
import { z } from 'zod';
import type { Settings } from '#edge/env.ts';

/** What a stored statement can be given. */
export type CallValue = string | number | boolean | null;

/** As text, each column of each row (`Neon-Array-Mode`, `Neon-Raw-Text-Output`). */
const answerSchema = z.object({ rows: z.array(z.array(z.string().nullable())) });

const errorSchema = z.object({
  message: z.string(),
  code: z.string().nullish(),
  constraint: z.string().nullish(),
  detail: z.string().nullish(),
  where: z.string().nullish(),
});

/**
 * Calls what is stored in Postgres, by Neon's SQL over HTTP (README of github.com/neondatabase/neon/proxy), as its driver does. For each
 * statement the driver takes the connection string apart, and drizzle the statement: together a good part of what a claim costs a Worker.
 * Here both are done once, and what comes back is one column of JSON.
 */
export class NeonCalls {
  readonly #endpoint: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #fetch: typeof fetch;

  constructor(
    { DATABASE_URL, NEON_FETCH_ENDPOINT }: Pick<Settings, 'DATABASE_URL' | 'NEON_FETCH_ENDPOINT'>,
    fetchInTime: typeof fetch,
  ) {
    this.#endpoint = NEON_FETCH_ENDPOINT ?? endpointOf(DATABASE_URL);
    this.#headers = {
      'Content-Type': 'application/json',
      'Neon-Connection-String': DATABASE_URL,
      'Neon-Raw-Text-Output': 'true',
      'Neon-Array-Mode': 'true',
    };
    this.#fetch = fetchInTime;
  }

  /** The first column of each row, parsed as JSON. Throws `NeonDbError`. */
  async run(query: string, params: readonly CallValue[]): Promise<unknown[]> {
    const body = JSON.stringify({ query, params: params.map(value => (value === null ? null : `${value}`)) });
    const response = await this.#send(body);
    if (!response.ok) throw await errorOf(response);
    const { rows } = answerSchema.parse(await response.json());
    return rows.map(([json]) => JSON.parse(json ?? 'null') as unknown);
  }

  async #send(body: string): Promise<Response> {
    try {
      return await this.#fetch(this.#endpoint, { method: 'POST', headers: this.#headers, body });
    } catch (cause) {
      throw Object.assign(new NeonDbError(`Error connecting to database: ${cause}`), { cause });
    }
  }
}

/** Neon's own for that host, as the driver has it. */
function endpointOf(databaseUrl: string): string {
  const { hostname, port } = new URL(databaseUrl.replace(/^postgres(ql)?:/, 'http:'));
  const { fetchEndpoint } = neonConfig;
  return typeof fetchEndpoint === 'string' ? fetchEndpoint : fetchEndpoint(hostname, port);
}

async function errorOf(response: Response): Promise<NeonDbError> {
  const text = await response.text();
  if (response.status !== 400) {
    return new NeonDbError(`Server error (HTTP status ${response.status}): ${text}`);
  }
  const { message, ...fields } = errorSchema.parse(JSON.parse(text));
  const known = Object.entries(fields).map(([name, value]) => [name, value ?? undefined]);
  return Object.assign(new NeonDbError(message), Object.fromEntries(known));
}
