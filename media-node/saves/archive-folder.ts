import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CACHE_MAX_BYTES } from './limits.ts';

const run = promisify(execFile);
const OWNER_ONLY = 0o700;

/**
 * What the node keeps of saves on its disk: the homes of running sessions, archives on their way up or down, and those that are
 * good, to spare downloads. All of it may be lost: an archive from here counts only when its checksum is right.
 */
export class ArchiveFolder {
  readonly #homes: string;
  readonly #work: string;
  readonly #cache: string;

  private constructor(dataDir: string) {
    this.#homes = join(dataDir, 'homes');
    this.#work = join(dataDir, 'saves/work');
    this.#cache = join(dataDir, 'saves/cache');
  }

  /** Homes and archives that an earlier run has left behind go: its sessions have been given up. */
  static async open(dataDir: string): Promise<ArchiveFolder> {
    const folder = new ArchiveFolder(dataDir);
    await Promise.all([removeTree(folder.#homes), removeTree(folder.#work)]);
    for (const dir of [folder.#homes, folder.#work, folder.#cache]) {
      await mkdir(dir, { recursive: true, mode: OWNER_ONLY });
    }
    return folder;
  }

  homeOf(sessionId: string): string {
    return join(this.#homes, sessionId);
  }

  /** A home with nothing in it. */
  async makeHome(home: string): Promise<void> {
    await removeTree(home);
    await mkdir(home, { mode: OWNER_ONLY });
  }

  /** A path for an archive, or a folder, that nothing is at. */
  fresh(): string {
    return join(this.#work, randomUUID());
  }

  /** Where a good archive of this content lies, should it be here. */
  cached(sha256: string): string {
    return join(this.#cache, sha256);
  }

  async has(sha256: string): Promise<boolean> {
    const now = new Date();
    // What is used last goes last.
    return utimes(this.cached(sha256), now, now).then(
      () => true,
      () => false,
    );
  }

  /** Takes a good archive over. */
  async keep(file: string, sha256: string): Promise<void> {
    await rename(file, this.cached(sha256));
    await this.#trim();
  }

  async remove(path: string): Promise<void> {
    await removeTree(path);
  }

  async #trim(): Promise<void> {
    const names = await readdir(this.#cache);
    const files = await Promise.all(
      names.map(async name => ({ name, ...(await stat(join(this.#cache, name)).catch(() => undefined)) })),
    );
    let bytes = 0;
    for (const { name, size = 0 } of files.sort((a, b) => (b.mtimeMs ?? 0) - (a.mtimeMs ?? 0))) {
      bytes += size;
      if (bytes > CACHE_MAX_BYTES) await rm(join(this.#cache, name), { force: true });
    }
  }
}

/** With rm(1), which goes down by descriptors: a game may have made folders deeper than a path can say. */
async function removeTree(path: string): Promise<void> {
  await run('rm', ['-rf', '--', path]);
}
