import { SAVE_LATE_S } from '#shared/api/saves.ts';
import { NearcadeError } from '#shared/errors.ts';
import type { Clock } from '../clock.ts';
import type { Logger } from '../log.ts';
import type { Pending, PendingArchives } from './pending-archives.ts';
import type { SavesApi } from './saves-api.ts';
import { UploadLine } from './upload-line.ts';

export interface LateUploadsOptions {
  archives: PendingArchives;
  api: SavesApi;
  clock: Clock;
  log: Logger;
}

/** Put up at once: they wait for the same edge and store, and players' saves come first. */
const AT_ONCE = 2;

/**
 * Puts up what sessions that are over have left on the disk: an earlier run of the node, killed or stopped while the store was away, or this
 * one's when their time was up. Each with new links, until it is up, the edge refuses it for good, or SAVE_LATE_S have passed.
 */
export class LateUploads {
  readonly #options: LateUploadsOptions;
  readonly #waiting: Pending[] = [];
  /** What is on its way or waits for its turn. */
  readonly #left = new Map<string, { sessionId: string; done: PromiseWithResolvers<void> }>();
  readonly #lines = new Set<UploadLine>();
  #running = 0;
  #isStarted = false;
  #closed = false;

  constructor(options: LateUploadsOptions) {
    this.#options = options;
  }

  add(pending: readonly Pending[]): void {
    for (const { file, sessionId } of pending) {
      this.#left.set(file, { sessionId, done: Promise.withResolvers() });
    }
    this.#waiting.push(...pending);
    this.#work();
  }

  /** The edge knows this node from now on. Idempotent. */
  start(): void {
    this.#isStarted = true;
    this.#work();
  }

  /** Resolves when nothing of this session is left to be put up, or after `ms`: it is what the session goes on with. */
  async settled(sessionId: string, ms: number): Promise<void> {
    const mine = [...this.#left.values()].filter(left => left.sessionId === sessionId);
    if (mine.length === 0) return;
    const late = Promise.withResolvers<void>();
    const cancel = this.#options.clock.after(ms, late.resolve);
    await Promise.race([Promise.all(mine.map(({ done }) => done.promise)), late.promise]);
    cancel();
  }

  get isIdle(): boolean {
    return this.#left.size === 0;
  }

  /** Resolves when nothing is left to be put up. */
  async allSettled(): Promise<void> {
    await Promise.all([...this.#left.values()].map(({ done }) => done.promise));
  }

  /** What is not up yet stays on the disk. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#lines].map(line => line.close()));
  }

  #work(): void {
    if (!this.#isStarted) return;
    while (this.#running < AT_ONCE && this.#waiting.length > 0 && !this.#closed) void this.#workOff();
  }

  async #workOff(): Promise<void> {
    this.#running += 1;
    try {
      for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
        if (this.#closed) return;
        await this.#putUp(next);
      }
    } finally {
      this.#running -= 1;
    }
  }

  async #putUp({ file, sessionId, epoch, slot, size, sha256, madeAt }: Pending): Promise<void> {
    const { archives, api, clock, log } = this.#options;
    const line = new UploadLine({ held: { sessionId, epoch }, api, clock, log });
    this.#lines.add(line);
    const giveUp = clock.after(madeAt + SAVE_LATE_S * 1000 - archives.now(), () => void line.close());
    try {
      const save = await line.offer({ file, size, sha256, slot: slot ?? undefined });
      log.info({ sessionId, save: save.id, slot: save.slot }, 'a save that was left is up');
      await archives.remove(file);
    } catch (error) {
      if (isStopped(error)) return;
      log.error({ err: error, sessionId }, 'a save that was left is lost: the edge does not take it');
      await archives.remove(file);
    } finally {
      giveUp();
      this.#lines.delete(line);
      this.#left.get(file)?.done.resolve();
      this.#left.delete(file);
    }
  }
}

/** Whether it may still be put up, by a later run if not by this one. */
export const isStopped = (error: unknown): boolean =>
  error instanceof NearcadeError && error.code === 'save_upload_stopped';
