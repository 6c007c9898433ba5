import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerMessage } from '#shared/signal.ts';
import type { Clock } from '../clock.ts';
import type { Logger } from '../log.ts';
import { ArchiveFolder } from './archive-folder.ts';
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

  private constructor(options: SaveDeskOptions, folder: ArchiveFolder) {
    this.#options = options;
    this.#folder = folder;
  }

  static async open(options: SaveDeskOptions): Promise<SaveDesk> {
    return new SaveDesk(options, await ArchiveFolder.open(options.dataDir));
  }

  /** The saves of a new session, which calls `finish` at its end. */
  openSession(held: Held, paths: readonly string[], tell: (message: ServerMessage) => void): SessionSaves {
    const { api, times, clock, log } = this.#options;
    const saves: SessionSaves = new SessionSaves({
      ...{ held, paths, tell, api, times, clock },
      folder: this.#folder,
      thread: this.#thread,
      log: log.child({ sessionId: held.sessionId }),
      onEnded: () => this.#sessions.delete(saves),
    });
    this.#sessions.add(saves);
    return saves;
  }

  /** Resolves when every save of sessions that are over is up or given up, or after `timeoutMs`. */
  async flush(timeoutMs: number): Promise<void> {
    const timeUp = new AbortController();
    await Promise.race([
      Promise.all([...this.#sessions].map(saves => saves.ended())),
      sleep(timeoutMs, undefined, { signal: timeUp.signal }).catch(() => undefined),
    ]);
    timeUp.abort();
  }

  /** Gives up what is not up yet. Idempotent. */
  async close(): Promise<void> {
    await Promise.all([...this.#sessions].map(saves => saves.abandon()));
    await this.#thread.close();
  }
}
