import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Redis } from 'ioredis';
import { z } from 'zod';
import { NearcadeError, parseWith } from '#shared/errors.ts';
import { listenOnLoopback, readBody, sendJson } from '../http.ts';
import { type CommandResult, encodeReply } from './encoding.ts';
import { Scripts } from './scripts.ts';
import { streamMessages } from './subscriptions.ts';

/** Upstash's own limit of a request on its larger plans. */
const MAX_BODY_BYTES = 10 * 1024 * 1024;

const argumentSchema = z.union([z.string(), z.number(), z.boolean(), z.null()]).transform(String);
const commandSchema = z.array(argumentSchema).min(1);
type Command = z.infer<typeof commandSchema>;

/**
 * Commands that Upstash's REST interface does not have either: they would change or block the one connection that all
 * requests share.
 */
const REFUSED = new Set(
  `AUTH BLMOVE BLMPOP BLPOP BRPOP BRPOPLPUSH BZMPOP BZPOPMAX BZPOPMIN CLIENT CONFIG DEBUG DISCARD EXEC HELLO MIGRATE
  MONITOR MULTI PSUBSCRIBE PSYNC PUNSUBSCRIBE QUIT REPLICAOF RESET SAVE SELECT SHUTDOWN SLAVEOF SSUBSCRIBE SUBSCRIBE
  SUNSUBSCRIBE SYNC UNSUBSCRIBE UNWATCH WAIT WATCH`.split(/\s+/),
);

export interface UpstashShim {
  readonly port: number;
  readonly url: string;
  close(): Promise<void>;
}

export interface UpstashShimOptions {
  redis: { port: number; password: string };
  token: string;
  port?: number;
}

/**
 * Upstash's REST interface before one local Redis: `POST /`, `/pipeline`, `/multi-exec`, and `/subscribe/<channel>`
 * and `/psubscribe/<pattern>` as server-sent events, as @upstash/redis speaks them.
 */
export async function startUpstashShim(options: UpstashShimOptions): Promise<UpstashShim> {
  const redis = new Redis({
    host: '127.0.0.1',
    port: options.redis.port,
    password: options.redis.password,
    protocol: 2,
    lazyConnect: true,
    // A command that was cut off must fail, not run twice; the transaction around it is gone too.
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
  });
  redis.on('error', () => {});
  await redis.connect();
  const shim = new Shim(redis, options.token);
  const http = await listenOnLoopback(
    (request, response) => void shim.handle(request, response),
    options.port,
  );
  let closing: Promise<void> | undefined;
  return {
    port: http.port,
    url: `http://127.0.0.1:${http.port}`,
    close() {
      closing ??= http.close().then(() => redis.disconnect());
      return closing;
    },
  };
}

class Shim {
  readonly #redis: Redis;
  readonly #token: Buffer;
  readonly #scripts = new Scripts();

  constructor(redis: Redis, token: string) {
    this.#redis = redis;
    this.#token = Buffer.from(`Bearer ${token}`);
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      if (!this.#authorised(request)) {
        sendJson(response, 401, { error: 'WRONGPASS invalid or missing auth token' });
        return;
      }
      const [room = '', ...rest] = new URL(request.url ?? '/', 'http://localhost').pathname
        .slice(1)
        .split('/');
      if (room === 'subscribe' || room === 'psubscribe') {
        await streamMessages(this.#redis, room, rest.map(decodeURIComponent), response);
        return;
      }
      const base64 = request.headers['upstash-encoding'] === 'base64';
      const body: unknown = JSON.parse(await readBody(request, MAX_BODY_BYTES));
      if (room === 'pipeline') {
        const results = await this.#pipeline(parseWith(z.array(commandSchema), body));
        sendJson(
          response,
          200,
          results.map(result => encodeReply(result, base64)),
        );
      } else if (room === 'multi-exec') {
        const results = await this.#transaction(parseWith(z.array(commandSchema), body));
        sendJson(
          response,
          200,
          results.map(result => encodeReply(result, base64)),
        );
      } else if (room === '') {
        sendJson(response, 200, encodeReply(await this.#run(parseWith(commandSchema, body)), base64));
      } else {
        throw new NearcadeError('not_found');
      }
    } catch (error) {
      const status = error instanceof NearcadeError ? error.status : 400;
      sendJson(response, status, { error: error instanceof Error ? error.message : String(error) });
    }
  }

  #authorised(request: IncomingMessage): boolean {
    const given = Buffer.from(request.headers.authorization ?? '');
    return given.length === this.#token.length && timingSafeEqual(given, this.#token);
  }

  async #run(command: Command): Promise<CommandResult> {
    const [name = '', ...args] = this.#scripts.translate(command);
    // Upper case: ioredis shapes the replies of commands that it knows by their lower-case names.
    const upper = name.toUpperCase();
    if (REFUSED.has(upper)) throw new Error(`ERR Command is not available: '${upper}'`);
    return (await this.#redis.callBuffer(upper, ...args)) as CommandResult;
  }

  /** One after the other on one connection; a command that fails does not stop the next. */
  async #pipeline(commands: readonly Command[]): Promise<CommandResult[]> {
    return Promise.all(commands.map(command => this.#run(command).catch((error: Error) => error)));
  }

  /** MULTI ... EXEC, sent in one tick so that no other request's command comes between. Throws when EXEC is refused. */
  async #transaction(commands: readonly Command[]): Promise<CommandResult[]> {
    const refused = commands.find(command => REFUSED.has((command[0] ?? '').toUpperCase()));
    if (refused !== undefined) throw new Error(`ERR Command is not available: '${refused[0]}'`);
    const sent = [
      this.#redis.callBuffer('MULTI'),
      ...commands.map(command => this.#run(command)),
      this.#redis.callBuffer('EXEC'),
    ];
    const settled = await Promise.allSettled(sent);
    const exec = settled.at(-1);
    // A command that could not even be queued says more than EXEC's "discarded because of previous errors".
    const failed = settled.find(result => result.status === 'rejected');
    if (exec?.status !== 'fulfilled') throw failed?.reason ?? new Error('ERR EXEC got no answer');
    return exec.value as CommandResult[];
  }
}
