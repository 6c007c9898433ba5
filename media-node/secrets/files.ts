import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { NearcadeError } from '#shared/errors.ts';
import type { SecretName, Secrets } from './secrets.ts';

/** Permission bits of group and others: a secret that they can reach is none. */
const NOT_OWNER = 0o077;

/** One file a secret, readable by its owner alone (0600 or narrower). */
export class FileSecrets implements Secrets {
  readonly #dir: string;

  constructor(dir: string) {
    this.#dir = dir;
  }

  async get(name: SecretName): Promise<string> {
    const path = join(this.#dir, name);
    const file = await open(path, 'r').catch((cause: unknown) => {
      throw new NearcadeError('secret_missing', `The secret ${name} cannot be read from ${path}`, { cause });
    });
    try {
      const { mode } = await file.stat();
      if ((mode & NOT_OWNER) !== 0) {
        throw new NearcadeError(
          'secret_missing',
          `${path} is open to others (mode ${(mode & 0o777).toString(8)}): make it 0600`,
        );
      }
      const secret = (await file.readFile('utf8')).trim();
      if (secret === '') throw new NearcadeError('secret_missing', `The secret ${name} in ${path} is empty`);
      return secret;
    } finally {
      await file.close();
    }
  }
}
