import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packagesOf } from './packages.mjs';

describe('the lists of Debian packages', () => {
  it('name what a set needs, sorted, each once', () => {
    const packages = packagesOf(['node', 'build', 'games']);
    expect(packages).toEqual([...new Set(packages)].sort());
    expect(packages).toEqual(
      expect.arrayContaining([
        'bubblewrap',
        'crispy-doom',
        'libsrtp2-dev',
        'libx11-dev',
        'libx264-dev',
        'mrboom',
      ]),
    );
    expect(packages).not.toContain('redis-tools');
  });

  it('leave out games that a machine is not to have', () => {
    expect(packagesOf(['games'], { games: ['mrboom'] })).toEqual(['mrboom']);
  });

  it('know their sets', () => {
    expect(() => packagesOf(['nodes'])).toThrow('There is no set nodes: the sets are node, ');
  });
});

describe('of another tree', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'nearcade-packages-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('are read without their remarks', () => {
    mkdirSync(join(root, 'games'));
    mkdirSync(join(root, 'built'));
    writeFileSync(
      join(root, 'built', 'packages.txt'),
      '# what it is linked with\nlibopus0 # sound\n\nlibx264-164\n',
    );
    expect(packagesOf(['built'], { root })).toEqual(['libopus0', 'libx264-164']);
  });
});
