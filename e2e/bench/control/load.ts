import { Pool } from 'undici';
import { percentile } from '../stats.ts';

export interface Load {
  /** Requests a second. */
  perSecond: number;
  p50: number;
  p99: number;
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
  async run(once: (caller: number) => Promise<void>, isDone: () => boolean): Promise<void> {
    const loop = async (caller: number) => {
      while (!isDone()) await once(caller);
    };
    await Promise.all(Array.from({ length: this.count }, (_, caller) => loop(caller)));
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
