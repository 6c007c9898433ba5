import { mkdir, rename } from 'node:fs/promises';
import type { Save, SaveLink } from '#shared/api/saves.ts';
import { NearcadeError } from '#shared/errors.ts';
import type { Clock } from '../clock.ts';
import { backoffMs } from '../fleet/backoff.ts';
import type { Logger } from '../log.ts';
import type { ArchiveFolder } from './archive-folder.ts';
import { RESTORE_WAIT_MS } from './limits.ts';
import type { SaveThread } from './save-thread.ts';
import type { Held, SavesApi } from './saves-api.ts';

export interface RestoreParts {
  held: Held;
  api: Pick<SavesApi, 'newest' | 'download'>;
  folder: ArchiveFolder;
  thread: Pick<SaveThread, 'unpack'>;
  clock: Clock;
  log: Logger;
}

const RETRY_FIRST_MS = 250;
const RETRY_MOST_MS = 2000;

/**
 * Makes the session's home: fresh, with the save that it begins with, which is answered (null: there is none). A home that is not whole is
 * never there. Throws `restore_failed`: to begin without the save would replace it by a game that has lost it.
 */
export async function restore(parts: RestoreParts): Promise<Save | null> {
  const { held, folder, clock, log } = parts;
  const home = folder.homeOf(held.sessionId);
  await folder.remove(home);
  const giveUp = clock.now() + RESTORE_WAIT_MS;
  for (let attempt = 0; ; attempt++) {
    try {
      const save = await parts.api.newest(held);
      const made = folder.fresh();
      await mkdir(made, { mode: 0o700 });
      if (save !== null) await fill(parts, save, made);
      await rename(made, home);
      if (save === null) return null;
      const { download: _, ...facts } = save;
      return facts;
    } catch (error) {
      log.warn({ err: error, attempt, sessionId: held.sessionId }, 'the save is not there yet');
      const isOver = error instanceof NearcadeError && OVER.has(error.code);
      if (isOver || clock.now() > giveUp) {
        throw new NearcadeError('restore_failed', undefined, { cause: error });
      }
      await new Promise<void>(resolve => {
        clock.after(backoffMs(attempt, RETRY_FIRST_MS, RETRY_MOST_MS, Math.random), resolve);
      });
    }
  }
}

const OVER: ReadonlySet<string> = new Set(['session_not_held', 'save_invalid']);

/** From the disk if it is there and whole, else from the store. */
async function fill(
  { api, folder, thread, log }: RestoreParts,
  { sha256, size, download }: Save & { download: SaveLink },
  target: string,
): Promise<void> {
  const cached = folder.cached(sha256);
  if (await folder.has(sha256)) {
    try {
      return await thread.unpack(cached, sha256, target);
    } catch (error) {
      log.error({ err: error, sha256 }, 'a save on this disk is damaged: it comes from the store');
      await folder.remove(cached);
      await folder.remove(target);
      await mkdir(target, { mode: 0o700 });
    }
  }
  const file = folder.fresh();
  try {
    await api.download(download, size, file);
    await thread.unpack(file, sha256, target);
    await folder.keep(file, sha256);
  } catch (error) {
    await folder.remove(file);
    throw error;
  }
}
