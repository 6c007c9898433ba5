import { chmod, copyFile, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { NearcadeError } from '#shared/errors.ts';
import { type SecretState, type SecretStore, STAGES, type Stage } from './secrets.ts';

/** Permission bits of group and others: a secret that they can reach is none. */
const NOT_OWNER = 0o077;

const SUFFIXES = { current: '', pending: '.pending', previous: '.previous' } as const;

/** One file a secret, readable by its owner alone (0600 or narrower): the platform on one machine. */
export class FileStore implements SecretStore {
  readonly place: string;
  readonly #dir: string;

  constructor(dir: string) {
    this.#dir = dir;
    this.place = dir;
  }

  async read(name: string): Promise<string> {
    const text = await this.readStage(name, 'current');
    if (text !== undefined && text !== '') return text;
    const how = text === undefined ? 'does not exist' : 'is empty';
    throw new NearcadeError('secret_missing', `The secret ${name} is missing: ${this.#path(name)} ${how}`);
  }

  async readStage(name: string, stage: Stage): Promise<string | undefined> {
    const path = this.#path(name, stage);
    const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw new NearcadeError('secret_denied', `The secret ${name} may not be read: ${path} (${error.code})`);
    });
    if (file === undefined) return undefined;
    try {
      const { mode } = await file.stat();
      if ((mode & NOT_OWNER) !== 0) {
        const octal = (mode & 0o777).toString(8);
        throw new NearcadeError('secret_denied', `${path} is open to others (mode ${octal}): make it 0600`);
      }
      return (await file.readFile('utf8')).trim();
    } finally {
      await file.close();
    }
  }

  /** A folder has no empty secrets: what was never written is not there. */
  async describe(name: string): Promise<SecretState | undefined> {
    const stages = new Set<Stage>();
    let changedAt: Date | undefined;
    for (const stage of STAGES) {
      const found = await stat(this.#path(name, stage)).catch(() => undefined);
      if (found === undefined) continue;
      stages.add(stage);
      if (changedAt === undefined || found.ctime > changedAt) changedAt = found.ctime;
    }
    return stages.size === 0 ? undefined : { stages, changedAt };
  }

  async put(name: string, text: string, stage: 'current' | 'pending'): Promise<void> {
    const path = this.#path(name, stage);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const file = await open(`${path}.new`, 'w', 0o600);
    try {
      await file.writeFile(text);
    } finally {
      await file.close();
    }
    // One that was left behind keeps the mode it was made with.
    await chmod(`${path}.new`, 0o600);
    if (stage === 'current') await this.#keepPrevious(name);
    await rename(`${path}.new`, path);
  }

  async promote(name: string): Promise<void> {
    const path = this.#path(name);
    if ((await stat(`${path}.pending`).catch(() => undefined)) === undefined) {
      throw new NearcadeError('secret_missing', `The secret ${name} has no new value that waits`);
    }
    await this.#keepPrevious(name);
    await rename(`${path}.pending`, path);
  }

  /** The secret, made by `make` when there is none yet. */
  async ensure(name: string, make: () => string | Promise<string>): Promise<string> {
    if ((await this.readStage(name, 'current')) === undefined) await this.put(name, await make(), 'current');
    return this.read(name);
  }

  /** A copy: whoever is cut off half-way still has a current one, and `ensure` makes no other in its place. */
  async #keepPrevious(name: string): Promise<void> {
    const previous = this.#path(name, 'previous');
    // One that was left behind would keep its mode.
    await rm(`${previous}.new`, { force: true });
    try {
      await copyFile(this.#path(name), `${previous}.new`);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      throw error;
    }
    await rename(`${previous}.new`, previous);
  }

  #path(name: string, stage: Stage = 'current'): string {
    return join(this.#dir, `${name}${SUFFIXES[stage]}`);
  }
}
