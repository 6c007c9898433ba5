import { Pool } from 'undici';
import { percentile } from '../stats.ts';
import { PlainHttp } from './plain-http.ts';

export interface Load {
  /** Requests a second. */
  perSecond: number;
  p50: number;
  p99: number;
}

/** As many connections to one origin as there are callers; each has one request under way at most. */
export class PlainCallers {
  readonly #connections: readonly PlainHttp[];

  constructor(origin: string, count: number) {
    this.#connections = Array.from({ length: count }, () => new PlainHttp(origin));
  }

  call(caller: number, method: string, path: string, headers: Record<string, string>, body?: unknown) {
    const connection = this.#connections[caller];
    if (connection === undefined) throw new Error(`there is no caller ${caller}`);
    if (body === undefined) return connection.call(method, path, headers);
    return connection.call(
      method,
      path,
      { ...headers, 'content-type': 'application/json' },
      JSON.stringify(body),
    );
  }

  /** Every caller runs `once` again and again until `isDone`. */
  run(once: (caller: number) => Promise<void>, isDone: () => boolean): Promise<void> {
    return runAll(this.#connections.length, once, isDone);
  }

  close(): void {
    for (const connection of this.#connections) connection.close();
  }
}

async function runAll(count: number, once: (caller: number) => Promise<void>, isDone: () => boolean) {
  const loop = async (caller: number) => {
    while (!isDone()) await once(caller);
  };
  await Promise.all(Array.from({ length: count }, (_, caller) => loop(caller)));
}

/** A connection pool to one origin, as many connections as there are callers. */
export class Callers {
  readonly #pool: Pool;
  readonly count: number;

  constructor(origin: string, count: number) {
    this.count = count;
    this.#pool = new Pool(origin, { connections: count, pipelining: 1 });
  }

  async call(method: string, path: string, headers: Record<string, string>, body?: unknown) {
    const response = await this.#pool.request({
      method: method as 'GET',
      path,
      headers: body === undefined ? headers : { ...headers, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.statusCode, text: await response.body.text() };
  }

  /** Every caller runs `once` again and again until `isDone`. */
  run(once: (caller: number) => Promise<void>, isDone: () => boolean): Promise<void> {
    return runAll(this.count, once, isDone);
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}

export function summarize(milliseconds: readonly number[], seconds: number): Load {
  return {
    perSecond: milliseconds.length / seconds,
    p50: percentile(milliseconds, 0.5),
    p99: percentile(milliseconds, 0.99),
  };
}
