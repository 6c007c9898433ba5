import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type BeginRecording, beginRecordingSchema, RECORDING_LATE_S } from '#shared/api/recordings.ts';
import { type ErrorCode, NearcadeError } from '#shared/errors.ts';
import { backoffMs } from '../fleet/backoff.ts';
import type { Logger } from '../log.ts';
import type { Held } from '../saves/saves-api.ts';
import type { Recorded } from './recording.ts';
import type { RecordingsApi } from './recordings-api.ts';

export interface RecordingsOptions {
  /** Where the files lie until they are up. */
  dir: string;
  api: RecordingsApi;
  log: Logger;
}

const NOTE = '.json';

const RETRY_FIRST_MS = 1000;
const RETRY_MOST_MS = 60_000;

/** What another try does not change. */
const FINAL: ReadonlySet<ErrorCode> = new Set(['session_not_held', 'invalid_request', 'not_found']);

/**
 * What this node has recorded and not put up yet. A whole file has a note beside it that says whose it is: it is put up, one at a time, with
 * new links at each try, also by the node's next start, until it is up or RECORDING_LATE_S have passed.
 */
export class Recordings {
  readonly #options: RecordingsOptions;
  readonly #over = new AbortController();
  /** One upload at a time. */
  #turn: Promise<unknown> = Promise.resolve();
  readonly #waiting = new Set<Promise<void>>();
  /** What is still recorded, or was just now and is not noted yet. */
  readonly #making = new Set<Promise<void>>();
  readonly #started = Promise.withResolvers<void>();

  private constructor(options: RecordingsOptions) {
    this.#options = options;
  }

  /** What an earlier run has left and had completed is put up from `start` on; the rest is deleted. */
  static async open(options: RecordingsOptions): Promise<Recordings> {
    const recordings = new Recordings(options);
    await mkdir(options.dir, { recursive: true, mode: 0o700 });
    const names = await readdir(options.dir);
    const noted = names.filter(name => name.endsWith(NOTE)).map(name => name.slice(0, -NOTE.length));
    for (const name of names) {
      const isNoted = noted.includes(name) || noted.includes(name.slice(0, -NOTE.length));
      if (!isNoted) await rm(join(options.dir, name), { recursive: true, force: true });
    }
    for (const name of noted) recordings.#later(join(options.dir, name));
    return recordings;
  }

  /** The edge knows this node from now on. Idempotent. */
  start(): void {
    this.#started.resolve();
  }

  /** A path for a file, without its ending, that nothing is at. */
  fresh(): string {
    return join(this.#options.dir, randomUUID());
  }

  /** Takes a file over once it is whole, for this player. Without one there is nothing to do. Never rejects: it is logged. */
  keep(made: Promise<Recorded | undefined>, whose: Held & { userId: string }): Promise<void> {
    const keeping = this.#keep(made, whose).finally(() => this.#making.delete(keeping));
    this.#making.add(keeping);
    return keeping;
  }

  async #keep(made: Promise<Recorded | undefined>, whose: Held & { userId: string }): Promise<void> {
    const recorded = await made;
    if (recorded === undefined) return;
    const { path, seconds } = recorded;
    try {
      const { size } = await stat(path);
      const mediaType = extname(path) === '.mp4' ? ('video/mp4' as const) : ('video/webm' as const);
      const facts: BeginRecording = {
        ...whose,
        ...{ id: randomUUID(), mediaType, size, seconds, sha256: await sumOf(path) },
      };
      const draft = `${path}.draft`;
      await writeFile(draft, JSON.stringify(facts), { mode: 0o600, flush: true });
      await rename(draft, path + NOTE);
      this.#later(path);
    } catch (error) {
      this.#options.log.error({ err: error, path }, 'a recording is lost');
    }
  }

  /** Whether nothing is made or waits to be put up. */
  get isIdle(): boolean {
    return this.#making.size === 0 && this.#waiting.size === 0;
  }

  /** Resolves when everything is up or given up, or after `timeoutMs`. */
  async flush(timeoutMs: number): Promise<void> {
    const timeUp = new AbortController();
    await Promise.race([
      Promise.all(this.#making).then(() => Promise.all(this.#waiting)),
      sleep(timeoutMs, undefined, { signal: timeUp.signal }).catch(() => undefined),
    ]);
    timeUp.abort();
  }

  /** What is not up yet stays on the disk. Idempotent. */
  async close(): Promise<void> {
    this.#over.abort();
    this.start();
    await Promise.all(this.#waiting);
  }

  #later(path: string): void {
    const done = this.#putUp(path)
      .catch(error => this.#options.log.error({ err: error, path }, 'a recording is not put up'))
      .finally(() => this.#waiting.delete(done));
    this.#waiting.add(done);
  }

  async #putUp(path: string): Promise<void> {
    const { log } = this.#options;
    const facts = beginRecordingSchema.safeParse(await readJson(path + NOTE));
    const { mtimeMs = 0 } = (await stat(path).catch(() => undefined)) ?? {};
    await this.#started.promise;
    const giveUp = mtimeMs + RECORDING_LATE_S * 1000;
    for (let attempt = 0; !this.#over.signal.aborted; attempt++) {
      if (!facts.success || Date.now() > giveUp) {
        log.error({ path }, 'a recording is given up');
        break;
      }
      try {
        const tried = this.#turn.then(() => this.#tryOnce(path, facts.data));
        this.#turn = tried.catch(() => undefined);
        await tried;
        log.info({ recording: facts.data.id, size: facts.data.size }, 'a recording is up');
        break;
      } catch (error) {
        const isFinal = error instanceof NearcadeError && FINAL.has(error.code);
        log.warn({ err: error, attempt, recording: facts.data.id, isFinal }, 'a recording is not up yet');
        if (isFinal) break;
        const pause = backoffMs(attempt, RETRY_FIRST_MS, RETRY_MOST_MS, Math.random);
        await sleep(pause, undefined, { signal: this.#over.signal }).catch(() => undefined);
      }
    }
    if (this.#over.signal.aborted) return;
    await rm(path + NOTE, { force: true });
    await rm(path, { force: true });
  }

  async #tryOnce(path: string, facts: BeginRecording): Promise<void> {
    const { api } = this.#options;
    const upload = await api.begin(facts);
    if (upload !== null) await api.put(upload, path, this.#over.signal);
    await api.complete({ sessionId: facts.sessionId, epoch: facts.epoch }, facts.id);
  }
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch {
    return undefined;
  }
}

async function sumOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
