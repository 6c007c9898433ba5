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
  /** Of the requests, those that move credits. */
  moves = 0;

  private constructor(target: URL) {
    this.#pool = new Pool(target.origin, { connections: 64 });
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', chunk => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks);
        this.requests += 1;
        this.commands += commandsIn(request.url ?? '/', body);
        if (body.includes(MOVES_CREDITS)) this.moves += 1;
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
  async during(run: () => Promise<unknown>): Promise<{ requests: number; commands: number; moves: number }> {
    const before = { requests: this.requests, commands: this.commands, moves: this.moves };
    await run();
    return {
      requests: this.requests - before.requests,
      commands: this.commands - before.commands,
      moves: this.moves - before.moves,
    };
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise(resolve => this.#server.close(resolve));
    await this.#pool.close();
  }
}

/** In the SQL of every statement that posts to the ledger. */
const MOVES_CREDITS = 'insert into \\"wallet_postings\\"';

/** Upstash's pipelines are arrays of commands; a single command is one array (its REST API). */
function commandsIn(path: string, body: Buffer): number {
  if (!/^\/(pipeline|multi-exec)/.test(path)) return 1;
  return (JSON.parse(body.toString()) as unknown[]).length;
}

export interface RoundTrips {
  /** Requests to Neon. */
  claim: number;
  walletMove: number;
  /** Of an operator's top up, beside the move: who may, the balance before and after, the audit log. */
  besideWalletMove: number;
  /** Redis commands. */
  heartbeat: number;
}

/** Each act once, with nothing else going on, by a Worker that has done it before: what an isolate learns once is not counted. */
export async function countRoundTrips(parts: {
  neon: Counter;
  upstash: Counter;
  /** Claims a session, and says how to let go of it. */
  claim: () => Promise<() => Promise<unknown>>;
  walletMove: (key: string) => Promise<unknown>;
  heartbeat: () => Promise<unknown>;
}): Promise<RoundTrips> {
  const { neon, upstash } = parts;
  let release = await parts.claim();
  await release();
  const claim = await neon.during(async () => {
    release = await parts.claim();
  });
  await release();
  await parts.walletMove(randomUUID());
  const move = await neon.during(() => parts.walletMove(randomUUID()));
  // Its hint of the load is written after the answer.
  const heartbeat = await upstash.during(async () => {
    await parts.heartbeat();
    await new Promise(resolve => setTimeout(resolve, 500));
  });
  return {
    claim: claim.requests,
    walletMove: move.moves,
    besideWalletMove: move.requests - move.moves,
    heartbeat: heartbeat.commands,
  };
}
