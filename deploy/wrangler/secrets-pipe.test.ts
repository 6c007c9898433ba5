import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { withSecretsPipe } from './secrets-pipe.ts';

let place: string;
let folder: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'nearcade-pipe-'));
  folder = join(place, 'secrets');
});
afterEach(() => rmSync(place, { recursive: true }));

it.each([
  ['a few', 20],
  ['more than a pipe holds', 1_000_000],
])('hands over %s to who reads, and leaves nothing', async (_, length) => {
  const secrets = { KEY: 'x'.repeat(length) };
  const read = await withSecretsPipe(folder, secrets, async file => {
    expect(statSync(file).isFIFO()).toBe(true);
    return readFile(file, 'utf8');
  });
  expect(JSON.parse(read)).toEqual(secrets);
  expect(existsSync(folder)).toBe(false);
});

it('waits for nobody who does not read', async () => {
  await withSecretsPipe(folder, { KEY: 'x' }, async () => undefined);
  expect(existsSync(folder)).toBe(false);
});
