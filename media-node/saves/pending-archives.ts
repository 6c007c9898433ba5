import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { SAVE_LATE_S, saveSlotSchema } from '#shared/api/saves.ts';
import type { Logger } from '../log.ts';
import { PENDING_MAX_BYTES } from './limits.ts';

const noteSchema = z.object({
  sessionId: z.uuid(),
  epoch: z.int().positive(),
  slot: saveSlotSchema.nullable(),
  size: z.int().positive(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Unix time in milliseconds. */
  madeAt: z.number(),
});

/** An archive that is not up yet: whose it is, and where it lies. `slot` null: the session's own. */
export type Pending = z.infer<typeof noteSchema> & { file: string };

const NOTE = '.json';
const OWNER_ONLY = 0o700;

/**
 * The archives that are not up yet, on the disk: each with a note beside it, which is written last. What has a note is whole, also after the
 * node was killed or the power went; what has none is not, and goes.
 */
export class PendingArchives {
  readonly #dir: string;
  readonly #log: Logger;

  /** Unix time in milliseconds: it goes on while the node does not run. */
  readonly now: () => number;

  private constructor(dir: string, log: Logger, now: () => number) {
    this.#dir = dir;
    this.#log = log;
    this.now = now;
  }

  static async open(dataDir: string, log: Logger, now: () => number = Date.now): Promise<PendingArchives> {
    const archives = new PendingArchives(join(dataDir, 'saves/pending'), log, now);
    await mkdir(archives.#dir, { recursive: true, mode: OWNER_ONLY });
    return archives;
  }

  /** Takes a file over; answers it as it lies now. What is oldest goes when there are too many. */
  async add(file: string, facts: Omit<Pending, 'file' | 'madeAt'>): Promise<Pending> {
    const at = join(this.#dir, randomUUID());
    const note = { ...facts, madeAt: this.now() };
    await rename(file, at);
    await sync(at);
    const draft = `${at}.draft`;
    await using target = await open(draft, 'wx', 0o600);
    await target.writeFile(JSON.stringify(noteSchema.parse(note)));
    await target.sync();
    await rename(draft, at + NOTE);
    await sync(this.#dir);
    await this.#trim(at);
    return { ...note, file: at };
  }

  /** It is up, or will never be. */
  async remove(file: string): Promise<void> {
    await rm(file + NOTE, { force: true });
    await rm(file, { force: true });
  }

  /** Its archive was taken from there. */
  async forget(file: string): Promise<void> {
    await rm(file + NOTE, { force: true });
  }

  /**
   * What an earlier run has left, the oldest first, of each session's slot the newest alone. What is too old, not whole or not as it was noted
   * is deleted.
   */
  async leftovers(): Promise<Pending[]> {
    const names = await readdir(this.#dir);
    const found: Pending[] = [];
    for (const name of names.filter(each => each.endsWith(NOTE))) {
      const file = join(this.#dir, name.slice(0, -NOTE.length));
      const note = noteSchema.safeParse(await readJson(file + NOTE));
      const isGood = note.success && this.now() - note.data.madeAt < SAVE_LATE_S * 1000;
      if (isGood && (await sumOf(file)) === note.data.sha256) found.push({ ...note.data, file });
    }
    found.sort((a, b) => b.madeAt - a.madeAt);
    const newest = found.filter(
      (each, index) =>
        !found
          .slice(0, index)
          .some(
            ({ sessionId, epoch, slot }) =>
              sessionId === each.sessionId && epoch === each.epoch && slot === each.slot,
          ),
    );
    const kept = new Set(newest.flatMap(({ file }) => [file, file + NOTE]));
    for (const name of names) {
      const path = join(this.#dir, name);
      if (!kept.has(path)) await rm(path, { force: true });
    }
    return newest.reverse();
  }

  async #trim(newest: string): Promise<void> {
    const names = (await readdir(this.#dir)).filter(name => !name.includes('.'));
    const files = await Promise.all(
      names.map(async name => {
        const path = join(this.#dir, name);
        const { size = 0, mtimeMs = 0 } = (await stat(path).catch(() => undefined)) ?? {};
        return { path, size, mtimeMs };
      }),
    );
    let bytes = 0;
    for (const { path, size } of files.sort((a, b) => b.mtimeMs - a.mtimeMs)) {
      bytes += size;
      if (bytes <= PENDING_MAX_BYTES || path === newest) continue;
      this.#log.error({ path, size }, 'a save that is not up yet is given up: there are too many');
      await this.remove(path);
    }
  }
}

async function sync(path: string): Promise<void> {
  await using handle = await open(path, 'r');
  await handle.sync();
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/** SHA-256 in lower-case hexadecimal; undefined when there is no such file. */
async function sumOf(path: string): Promise<string | undefined> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  } catch {
    return undefined;
  }
  return hash.digest('hex');
}
