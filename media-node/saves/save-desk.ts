import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerMessage } from '#shared/signal.ts';
import type { Clock } from '../clock.ts';
import type { Logger } from '../log.ts';
import { ArchiveFolder } from './archive-folder.ts';
import { LateUploads } from './late-uploads.ts';
import { PendingArchives } from './pending-archives.ts';
import type { SaveTimes } from './policy.ts';
import { SaveThread } from './save-thread.ts';
import type { Held, SavesApi } from './saves-api.ts';
import { SessionSaves } from './session-saves.ts';

export interface SaveDeskOptions {
  dataDir: string;
  api: SavesApi;
  times: SaveTimes;
  clock: Clock;
  log: Logger;
}

/** The node's one place for saves: a thread to pack them, a folder to keep them, and each session's own. */
export class SaveDesk {
  readonly #options: SaveDeskOptions;
  readonly #folder: ArchiveFolder;
  readonly #thread = new SaveThread();
  readonly #sessions = new Set<SessionSaves>();

  readonly #pending: PendingArchives;
  readonly #late: LateUploads;

  private constructor(options: SaveDeskOptions, folder: ArchiveFolder, pending: PendingArchives) {
    this.#options = options;
    this.#folder = folder;
    this.#pending = pending;
    this.#late = new LateUploads({ ...options, archives: pending });
  }

  /** What an earlier run could not put up is put up from `start` on. */
  static async open(options: SaveDeskOptions): Promise<SaveDesk> {
    const folder = await ArchiveFolder.open(options.dataDir);
    const pending = await PendingArchives.open(options.dataDir, options.log);
    const desk = new SaveDesk(options, folder, pending);
    desk.#late.add(await pending.leftovers());
    return desk;
  }

  /** The edge knows this node from now on. Idempotent. */
  start(): void {
    this.#late.start();
  }

  /** The saves of a new session, which calls `finish` at its end. */
  openSession(held: Held, paths: readonly string[], tell: (message: ServerMessage) => void): SessionSaves {
    const { api, times, clock, log } = this.#options;
    const saves: SessionSaves = new SessionSaves({
      ...{ held, paths, tell, api, times, clock },
      folder: this.#folder,
      pending: this.#pending,
      late: this.#late,
      thread: this.#thread,
      log: log.child({ sessionId: held.sessionId }),
      onEnded: () => this.#sessions.delete(saves),
    });
    this.#sessions.add(saves);
    return saves;
  }

  /** Whether no session has a save to make or to put up, and none that is over has left one. */
  get isIdle(): boolean {
    return this.#sessions.size === 0 && this.#late.isIdle;
  }

  /**
   * Resolves when every save of sessions that are over is up or given up, or after `timeoutMs`. `isWhole`: also what sessions before them
   * have left on the disk.
   */
  async flush(timeoutMs: number, isWhole = false): Promise<void> {
    const timeUp = new AbortController();
    const all = async () => {
      await Promise.all([...this.#sessions].map(saves => saves.ended()));
      if (isWhole) await this.#late.allSettled();
    };
    await Promise.race([
      all(),
      sleep(timeoutMs, undefined, { signal: timeUp.signal }).catch(() => undefined),
    ]);
    timeUp.abort();
  }

  /** Leaves what is not up yet on the disk. Idempotent. */
  async close(): Promise<void> {
    await this.#late.close();
    await Promise.all([...this.#sessions].map(saves => saves.abandon()));
    await this.#thread.close();
  }
}
