import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { releaseVersion } from './version.ts';

const root = mkdtempSync(join(tmpdir(), 'nearcade-version-'));
afterAll(() => rmSync(root, { recursive: true }));

it('a node says which release it is; from a clone, which version of the sources', () => {
  writeFileSync(join(root, 'package.json'), '{"version": "1.2.3"}');
  expect(releaseVersion(root)).toBe('1.2.3');
  writeFileSync(join(root, 'VERSION'), '1.2.3+0123456789ab.dirty\n');
  expect(releaseVersion(root)).toBe('1.2.3+0123456789ab.dirty');
  expect(releaseVersion()).toMatch(/^\d+\.\d+\.\d+/);
});
