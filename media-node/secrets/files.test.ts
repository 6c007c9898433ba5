import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FileSecrets } from './files.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'nearcade-secrets-'));
});
afterEach(() => rm(dir, { recursive: true }));

it('reads a secret of its owner alone, without the line end', async () => {
  await writeFile(join(dir, 'fleet-key'), 'abc\n', { mode: 0o600 });
  expect(await new FileSecrets(dir).get('fleet-key')).toBe('abc');
});

it.each([0o640, 0o604, 0o644, 0o666])('refuses mode %o', async mode => {
  await writeFile(join(dir, 'fleet-key'), 'abc');
  await chmod(join(dir, 'fleet-key'), mode);
  await expect(new FileSecrets(dir).get('fleet-key')).rejects.toMatchObject({ code: 'secret_missing' });
});

it('refuses an empty and an absent one', async () => {
  await expect(new FileSecrets(dir).get('fleet-key')).rejects.toMatchObject({ code: 'secret_missing' });
  await writeFile(join(dir, 'fleet-key'), ' \n', { mode: 0o600 });
  await expect(new FileSecrets(dir).get('fleet-key')).rejects.toMatchObject({ code: 'secret_missing' });
});
