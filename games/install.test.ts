import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildGames, loadManifests } from './install.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nearcade-games-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** A game like the probe but for `changes`, in a folder of its own. */
async function addGame(slug: string, changes: Record<string, unknown> = {}): Promise<string> {
  const probe = JSON.parse(await readFile(join(import.meta.dirname, 'probe', 'game.json'), 'utf8'));
  const dir = join(folder, slug);
  await mkdir(dir);
  await writeFile(join(dir, 'game.json'), JSON.stringify({ ...probe, slug, ...changes }));
  return dir;
}

describe('loadManifests', () => {
  it('loads the games of this project', async () => {
    const games = await loadManifests();
    expect(games.map(({ manifest }) => manifest.slug)).toEqual([
      'freedoom',
      'hostile',
      'mrboom',
      'probe',
      'the-question',
    ]);
    for (const { manifest, dir } of games) {
      expect(await readFile(join(dir, manifest.art.cover), 'utf8')).toContain('<svg');
    }
  });

  it('says which game is wrong and where', async () => {
    await addGame('first', { title: '' });
    await expect(loadManifests(folder)).rejects.toThrow('games/first/game.json: title: must not be empty');
  });

  it('says when a manifest is not JSON', async () => {
    await writeFile(join(await addGame('first'), 'game.json'), '{');
    await expect(loadManifests(folder)).rejects.toThrow(/^games\/first\/game.json: /);
  });

  it('wants the folder called as the game', async () => {
    await addGame('first', { slug: 'second' });
    await expect(loadManifests(folder)).rejects.toThrow("games/first: slug: must be the folder's name");
  });
});

describe('buildGames', () => {
  it('runs the script of a game with the folder to build into', async () => {
    const dir = await addGame('scripted', { install: { build: { script: 'build.sh' } } });
    await writeFile(join(dir, 'build.sh'), '#!/bin/sh\necho made > "$1/game"\n');
    await chmod(join(dir, 'build.sh'), 0o755);
    await buildGames({ games: await loadManifests(folder), buildDir: join(folder, 'built') });
    expect(await readFile(join(folder, 'built', 'scripted', 'game'), 'utf8')).toBe('made\n');
  });

  it('shows what the compiler said', async () => {
    const dir = await addGame('broken');
    await writeFile(join(dir, 'CMakeLists.txt'), 'message(FATAL_ERROR "no such engine")\n');
    const building = buildGames({ games: await loadManifests(folder), buildDir: join(folder, 'built') });
    await expect(building).rejects.toMatchObject({
      code: 'setup_failed',
      message: expect.stringContaining('no such engine'),
    });
  });
});
