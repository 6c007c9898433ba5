import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileStore } from './file-store.ts';

let dir: string;
let store: FileStore;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'nearcade-secrets-'));
  await mkdir(join(dir, 'node'));
  store = new FileStore(dir);
});
afterEach(() => rm(dir, { recursive: true }));

describe('reading', () => {
  it('takes a secret of its owner alone, without the line end', async () => {
    await writeFile(join(dir, 'fleet-key'), 'abc\n', { mode: 0o600 });
    expect(await store.read('fleet-key')).toBe('abc');
  });

  it.each([0o640, 0o604, 0o644, 0o666])('refuses mode %o', async mode => {
    await writeFile(join(dir, 'fleet-key'), 'abc');
    await chmod(join(dir, 'fleet-key'), mode);
    await expect(store.read('fleet-key')).rejects.toMatchObject({
      code: 'secret_denied',
      message: expect.stringContaining('make it 0600'),
    });
  });

  it('says which one is missing or empty, and where', async () => {
    const missing = { code: 'secret_missing', message: expect.stringContaining(join(dir, 'fleet-key')) };
    await expect(store.read('fleet-key')).rejects.toMatchObject(missing);
    await writeFile(join(dir, 'fleet-key'), ' \n', { mode: 0o600 });
    await expect(store.read('fleet-key')).rejects.toMatchObject(missing);
  });
});

describe('writing', () => {
  it('makes 0600 files in 0700 folders, once', async () => {
    expect(await store.ensure('worker/KEY', () => 'one')).toBe('one');
    expect(await store.ensure('worker/KEY', () => 'two')).toBe('one');
    expect((await stat(join(dir, 'worker/KEY'))).mode & 0o777).toBe(0o600);
    expect((await stat(join(dir, 'worker'))).mode & 0o777).toBe(0o700);
  });

  it('has stages', async () => {
    await store.put('worker/KEY', 'one', 'current');
    await store.put('worker/KEY', 'two', 'pending');
    expect(await store.read('worker/KEY')).toBe('one');
    await store.promote('worker/KEY');
    expect(await store.read('worker/KEY')).toBe('two');
    expect(await store.readStage('worker/KEY', 'previous')).toBe('one');
    expect([...((await store.describe('worker/KEY'))?.stages ?? [])]).toEqual(['current', 'previous']);
    await expect(store.promote('worker/KEY')).rejects.toMatchObject({ code: 'secret_missing' });
    expect(await store.describe('worker/OTHER')).toBeUndefined();
  });

  it('has a current text at every moment, also of a change that was cut off', async () => {
    await store.put('worker/KEY', 'one', 'current');
    // The last step fails: a folder does not become a file.
    await mkdir(join(dir, 'worker/KEY.pending'));
    await expect(store.promote('worker/KEY')).rejects.toThrow();
    expect(await store.ensure('worker/KEY', () => 'another')).toBe('one');
    expect((await readdir(join(dir, 'worker'))).sort()).toEqual(['KEY', 'KEY.pending', 'KEY.previous']);
    expect((await stat(join(dir, 'worker/KEY.previous'))).mode & 0o777).toBe(0o600);
  });

  it('leaves no other file, and no open one of a start that was cut off', async () => {
    await mkdir(join(dir, 'worker'));
    await writeFile(join(dir, 'worker/KEY.new'), 'half', { mode: 0o666 });
    await store.put('worker/KEY', 'whole', 'current');
    expect(await readdir(join(dir, 'worker'))).toEqual(['KEY']);
    expect((await stat(join(dir, 'worker/KEY'))).mode & 0o777).toBe(0o600);
  });
});
