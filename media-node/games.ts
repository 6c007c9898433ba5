import { access, readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { NearcadeError } from '#shared/errors.ts';
import { type GameManifest, parseManifest } from '#shared/manifest.ts';
import type { Logger } from './log.ts';

export interface InstalledGame {
  manifest: GameManifest;
  /** The game's folder: its manifest and what belongs to it. */
  gameDir: string;
  /** What was built for it; need not exist. */
  buildDir: string;
}

export type Games = ReadonlyMap<string, InstalledGame>;

/** The games that this node can play, by slug. One whose manifest is wrong or that is not built yet is left out, and said. */
export async function loadGames(gamesDir: string, gamesBuildDir: string, log: Logger): Promise<Games> {
  const games = new Map<string, InstalledGame>();
  for (const entry of await readdir(gamesDir, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const game = await loadGame(join(gamesDir, entry.name), join(gamesBuildDir, entry.name), log);
    if (game !== undefined) games.set(game.manifest.slug, game);
  }
  if (games.size === 0) throw new NearcadeError('config_invalid', `There is no game in ${gamesDir}`);
  return games;
}

/** The largest picture of any game, in pixels. */
export function largestPicture(games: Games): { width: number; height: number } {
  const pictures = [...games.values()].map(game => game.manifest.picture);
  return {
    width: Math.max(...pictures.map(picture => picture.width)),
    height: Math.max(...pictures.map(picture => picture.height)),
  };
}

async function loadGame(gameDir: string, buildDir: string, log: Logger): Promise<InstalledGame | undefined> {
  const file = join(gameDir, 'game.json');
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const manifest = parseManifest(JSON.parse(text));
    if (manifest.unlisted) return undefined;
    // Another folder's game must not stand in for it.
    if (manifest.slug !== basename(gameDir))
      throw new NearcadeError('manifest_invalid', 'slug: must be the folder’s name');
    if (manifest.install.build !== undefined) await access(buildDir);
    return { manifest, gameDir, buildDir };
  } catch (error) {
    log.error({ err: error, file }, 'the game is left out');
    return undefined;
  }
}
