import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeRelease, type Release } from './release.ts';

let dir: string;
let releases: Release[];
let names: string[];

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'nearcade-release-test-'));
  // One after the other: both build what is not built.
  releases = [await makeRelease(join(dir, 'a')), await makeRelease(join(dir, 'b'))];
  names = tar('-tzf', first().file)
    .trim()
    .split('\n')
    .map(name => name.split('/').slice(1).join('/'));
}, 600_000);

afterAll(() => rmSync(dir, { recursive: true, force: true }));

function first(): Release {
  const [release] = releases;
  if (release === undefined) throw new Error('there is no release');
  return release;
}

function tar(...args: string[]): string {
  const { status, stdout, stderr } = spawnSync('tar', args, { encoding: 'utf8', maxBuffer: 64 << 20 });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

const read = (name: string) => tar('-xzOf', first().file, `nearcade-${first().version}/${name}`);

describe('a release', () => {
  it('is the same bytes each time, and says so beside it', () => {
    const [a, b] = releases;
    expect(a?.sha256).toBe(b?.sha256);
    const check = spawnSync('sha256sum', ['--check', '--status', `${first().file}.sha256`], {
      cwd: dirname(first().file),
    });
    expect(check.status).toBe(0);
  });

  it('has what a node runs, and the parts that take a compiler', () => {
    expect(names).toEqual(
      expect.arrayContaining([
        'VERSION',
        'package-lock.json',
        'media-node/main.ts',
        'media-node/image/install.sh',
        'shared/ticket.ts',
        'games/mrboom/game.json',
        'built/mediasoup-worker',
        'built/native/nearcade-media',
        'built/games/probe/probe',
      ]),
    );
    expect(read('VERSION').trim()).toBe(first().version);
    expect(read('built/packages.txt')).toContain('libx264');
  });

  it('has nothing of the edge, of tests, of this machine, nor a game that no node plays', () => {
    const wrong =
      /^(edge|local|e2e|migrations|node_modules|\.nearcade|\.git|\.ci)\/|\.test\.ts$|^games\/hostile|CMakeCache|secrets?\/.*\.(json|pem|key)$|\.dev\.vars|\.env/;
    expect(names.filter(name => wrong.test(name))).toEqual([]);
  });

  it('installs the npm packages that a node imports, and none of the edge or of tests', () => {
    const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> };
    expect(Object.keys(dependencies)).toEqual(expect.arrayContaining(['mediasoup', 'ws', 'zod']));
    const lock = JSON.parse(read('package-lock.json')) as {
      packages: Record<string, { integrity?: string }>;
    };
    const installed = Object.entries(lock.packages).filter(([path]) => path !== '');
    expect(installed.map(([path]) => path)).not.toContain('node_modules/wrangler');
    expect(installed.map(([path]) => path)).not.toContain('node_modules/vitest');
    // Each is held against the lockfile's hash.
    expect(installed.filter(([, entry]) => entry.integrity === undefined)).toEqual([]);
  });
});
