import type { Save } from '#shared/api/saves.ts';
import { type ErrorCode, NearcadeError } from '#shared/errors.ts';
import type { Clock } from '../clock.ts';
import { backoffMs } from '../fleet/backoff.ts';
import type { Logger } from '../log.ts';
import type { Held, SavesApi } from './saves-api.ts';

/** An archive on its way to the store. */
export interface Archive {
  file: string;
  size: number;
  sha256: string;
  /** Undefined: the session's own. */
  slot: string | undefined;
}

export interface UploadLineOptions {
  held: Held;
  api: Pick<SavesApi, 'begin' | 'put' | 'complete'>;
  clock: Clock;
  log: Logger;
  random?: () => number;
}

interface Item {
  archive: Archive;
  done: PromiseWithResolvers<Save>;
  begun: Awaited<ReturnType<SavesApi['begin']>> | undefined;
  attempts: number;
}

const RETRY_FIRST_MS = 500;
const RETRY_MOST_MS = 30_000;

/** What another try does not change. */
const FINAL: ReadonlySet<ErrorCode> = new Set([
  'session_not_held',
  'save_slots_full',
  'saves_full',
  'save_upload_over',
  'save_not_found',
  'invalid_request',
  'payload_too_large',
]);

/**
 * Puts one session's archives up, one after another, over failures of network, edge and store. A newer archive of a slot takes the
 * place of one that is not up yet. Until the edge has called an archive good, the save before is: nothing here touches it.
 */
export class UploadLine {
  readonly #options: UploadLineOptions;
  #items: Item[] = [];
  #running: Promise<void> | undefined;
  #wake: (() => void) | undefined;
  #closed = false;

  constructor(options: UploadLineOptions) {
    this.#options = options;
  }

  /**
   * Resolves when it is the good save of its slot. Rejects with the edge's code, `save_upload_over` when a newer one came, or
   * `save_upload_stopped` when the line was closed: then it may be put up by another.
   */
  offer(archive: Archive): Promise<Save> {
    const done = Promise.withResolvers<Save>();
    if (this.#closed) {
      done.reject(new NearcadeError('save_upload_stopped'));
      return done.promise;
    }
    this.#items.push({ archive, done, begun: undefined, attempts: 0 });
    this.#wake?.();
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return done.promise;
  }

  /** What becomes of the newest archive of the slot, if it is on its way and has this content. */
  underWay(slot: string | undefined, sha256: string): Promise<Save> | undefined {
    const newest = this.#items.findLast(({ archive }) => archive.slot === slot);
    return newest?.archive.sha256 === sha256 ? newest.done.promise : undefined;
  }

  /** Resolves when nothing is on its way. */
  async idle(): Promise<void> {
    await this.#running;
  }

  /** Stops with what is not up yet. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#wake?.();
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let item = this.#next(); item !== undefined; item = this.#next()) {
      try {
        const save = await this.#attempt(item);
        this.#items = this.#items.filter(other => other !== item);
        item.done.resolve(save);
      } catch (error) {
        await this.#failed(item, error);
      }
    }
  }

  /** The next archive; those that a newer one of their slot has overtaken are given up. */
  #next(): Item | undefined {
    const over = this.#items.filter(({ archive }, index) =>
      this.#items.slice(index + 1).some(later => later.archive.slot === archive.slot),
    );
    const left = this.#items.filter(item => !over.includes(item));
    this.#items = this.#closed ? [] : left;
    for (const item of over) item.done.reject(new NearcadeError('save_upload_over'));
    if (this.#closed) for (const item of left) item.done.reject(new NearcadeError('save_upload_stopped'));
    return this.#items[0];
  }

  async #attempt(item: Item): Promise<Save> {
    const { held, api } = this.#options;
    item.begun ??= await api.begin(held, item.archive.slot, item.archive);
    const { saveId, upload } = item.begun;
    if (upload !== null) {
      await api.put(upload, item.archive.file);
      item.begun = { saveId, upload: null };
    }
    return api.complete(held, saveId);
  }

  async #failed(item: Item, error: unknown): Promise<void> {
    const { clock, log, random = Math.random } = this.#options;
    const code = error instanceof NearcadeError ? error.code : 'internal';
    const { attempts, archive } = item;
    log.warn({ err: error, attempts, size: archive.size }, 'a save is not up yet');
    if (FINAL.has(code)) {
      this.#items = this.#items.filter(other => other !== item);
      item.done.reject(error);
      return;
    }
    // Not reached: the same link again. Refused: it has run out, or what lies there is not what was announced.
    const isRefused =
      !(error instanceof NearcadeError) || code !== 'unavailable' || 'status' in (error.details ?? {});
    if (isRefused) item.begun = undefined;
    item.attempts += 1;
    await this.#pause(backoffMs(attempts, RETRY_FIRST_MS, RETRY_MOST_MS, random), clock);
  }

  /** A newer archive, or the end, cuts the wait short. */
  async #pause(ms: number, clock: Clock): Promise<void> {
    if (this.#closed) return;
    await new Promise<void>(resolve => {
      const cancel = clock.after(ms, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
    this.#wake = undefined;
  }
}
