import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Pool } from 'undici';

/** A step on the way to a store that counts what passes: HTTP requests, and the commands in them. */
export class Counter {
  readonly #server: Server;
  readonly #pool: Pool;
  requests = 0;
  commands = 0;

  private constructor(target: URL) {
    this.#pool = new Pool(target.origin, { connections: 64 });
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', chunk => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks);
        this.requests += 1;
        this.commands += commandsIn(request.url ?? '/', body);
        const headers = Object.fromEntries(
          Object.entries(request.headers).filter(
            ([name]) => !['host', 'connection', 'content-length'].includes(name),
          ),
        ) as Record<string, string>;
        this.#pool
          .request({ method: 'POST', path: request.url ?? '/', headers, body })
          .then(async answer => {
            response.writeHead(answer.statusCode, { 'content-type': String(answer.headers['content-type']) });
            response.end(await answer.body.text());
          })
          .catch(() => response.destroy());
      });
    });
  }

  static async open(target: string): Promise<Counter> {
    const counter = new Counter(new URL(target));
    await new Promise<void>(resolve => counter.#server.listen(0, '127.0.0.1', resolve));
    return counter;
  }

  /** The address that leads to the target through here. */
  through(target: string): string {
    const url = new URL(target);
    url.host = `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return url.href.replace(/\/$/, '');
  }

  /** What passed while `run` ran. */
  async during(run: () => Promise<unknown>): Promise<{ requests: number; commands: number }> {
    const before = { requests: this.requests, commands: this.commands };
    await run();
    return { requests: this.requests - before.requests, commands: this.commands - before.commands };
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise(resolve => this.#server.close(resolve));
    await this.#pool.close();
  }
}

/** Upstash's pipelines are arrays of commands; a single command is one array (its REST API). */
function commandsIn(path: string, body: Buffer): number {
  if (!/^\/(pipeline|multi-exec)/.test(path)) return 1;
  return (JSON.parse(body.toString()) as unknown[]).length;
}

export interface RoundTrips {
  /** Requests to Neon. */
  claim: number;
  walletMove: number;
  /** Redis commands. */
  heartbeat: number;
}

/** Each act once, with nothing else going on. */
export async function countRoundTrips(parts: {
  neon: Counter;
  upstash: Counter;
  claim: () => Promise<unknown>;
  walletMove: (key: string) => Promise<unknown>;
  heartbeat: () => Promise<unknown>;
}): Promise<RoundTrips> {
  const { neon, upstash } = parts;
  const claim = (await neon.during(parts.claim)).requests;
  // An operator's top up: its permission is read first, which is no part of the move.
  const walletMove = (await neon.during(() => parts.walletMove(randomUUID()))).requests - 1;
  // Its hint of the load is written after the answer.
  const heartbeat = await upstash.during(async () => {
    await parts.heartbeat();
    await new Promise(resolve => setTimeout(resolve, 500));
  });
  return { claim, walletMove, heartbeat: heartbeat.commands };
}
