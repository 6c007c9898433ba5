import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { basename, extname, join } from 'node:path';
import { NearcadeError, toProblem } from '#shared/errors.ts';
import type { Logger } from '../log.ts';
import type { Recorded } from './recording.ts';

/** Where the node's HTTP server has them. */
export const RECORDINGS_PATH = '/recordings';

/** Milliseconds that a file is kept for its host to fetch. */
const KEEP_MS = 24 * 3600_000;
const SWEEP_MS = 3600_000;

const MEDIA_TYPES: Readonly<Record<string, string>> = { '.mp4': 'video/mp4', '.webm': 'video/webm' };

/** What this node has recorded: each file behind an address that nobody can guess, and that only the host was told. */
export class Recordings {
  readonly dir: string;
  readonly #log: Logger;
  readonly #files = new Map<string, Promise<Recorded | undefined>>();
  readonly #sweeping: NodeJS.Timeout;

  constructor(dir: string, log: Logger) {
    this.dir = dir;
    this.#log = log;
    this.#sweeping = setInterval(() => void this.#sweep(), SWEEP_MS);
    this.#sweeping.unref();
    void this.#sweep();
  }

  /** The path under which the recording can be fetched once it is whole. */
  offer(recorded: Promise<Recorded | undefined>): string {
    const secret = randomBytes(16).toString('base64url');
    this.#files.set(secret, recorded);
    setTimeout(() => this.#files.delete(secret), KEEP_MS).unref();
    return `${RECORDINGS_PATH}/${secret}`;
  }

  /** Whether the request is for us; it is answered then. */
  handle(request: IncomingMessage, response: ServerResponse): boolean {
    const path = request.url?.split('?')[0] ?? '';
    if (!path.startsWith(`${RECORDINGS_PATH}/`)) return false;
    this.#send(request, response, path.slice(RECORDINGS_PATH.length + 1)).catch((error: unknown) => {
      const problem = toProblem(error, RECORDINGS_PATH);
      if (response.headersSent) response.destroy();
      else {
        response.writeHead(problem.status, { 'content-type': 'application/problem+json' });
        response.end(JSON.stringify(problem));
      }
    });
    return true;
  }

  close(): void {
    clearInterval(this.#sweeping);
  }

  async #send(request: IncomingMessage, response: ServerResponse, secret: string): Promise<void> {
    const file = this.#files.get(secret);
    if (file === undefined) throw new NearcadeError('not_found');
    if (request.method !== 'GET' && request.method !== 'HEAD') throw new NearcadeError('method_not_allowed');
    const recorded = await Promise.race([file, Promise.resolve('running' as const)]);
    if (recorded === 'running') throw new NearcadeError('recording_running');
    const size = recorded === undefined ? undefined : await stat(recorded.path).catch(() => undefined);
    if (recorded === undefined || size === undefined) throw new NearcadeError('not_found');
    response.writeHead(200, {
      'content-type': MEDIA_TYPES[extname(recorded.path)] ?? 'application/octet-stream',
      'content-length': size.size,
      'content-disposition': `attachment; filename="${basename(recorded.path)}"`,
      'cache-control': 'private, no-store',
      'referrer-policy': 'no-referrer',
    });
    if (request.method === 'HEAD') {
      response.end();
      return;
    }
    const stream = createReadStream(recorded.path);
    stream.on('error', () => response.destroy());
    response.on('close', () => stream.destroy());
    stream.pipe(response);
  }

  /** Files of sessions long past, also of an earlier run. */
  async #sweep(): Promise<void> {
    const oldest = Date.now() - KEEP_MS;
    const names = await readdir(this.dir).catch(() => []);
    for (const name of names) {
      const path = join(this.dir, name);
      const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }));
      if (mtimeMs < oldest) {
        await rm(path, { recursive: true, force: true }).catch((error: unknown) => {
          this.#log.warn({ err: error, path }, 'an old recording cannot be deleted');
        });
      }
    }
  }
}
