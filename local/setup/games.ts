import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { debianPackages, GAMES_BUILD_DIR, loadManifests } from '../../games/install.ts';
import { ROOT } from '../paths.ts';
import { runFunction } from './command.ts';
import { stampOf } from './stamp.ts';
import type { Step } from './step.ts';

const GAMES = join(ROOT, 'games');
const stamp = stampOf('games', [GAMES]);

/** The Debian packages that the games need. Throws `manifest_invalid` for a manifest that is wrong. */
export async function gamePackages(): Promise<string[]> {
  return debianPackages(await loadManifests());
}

/** The games that come as sources. */
export const gamesFromSource: Step = {
  title: 'games',
  isDone: async () => stamp.isCurrent() && (await isBuilt()),
  run: context => stamp.around(() => runFunction(context, 'games', join(GAMES, 'install.ts'), 'buildGames')),
};

/** Whether each has something where it is built to: one folder alone may have been removed. */
async function isBuilt(): Promise<boolean> {
  const games = (await loadManifests()).filter(({ manifest }) => manifest.install.build !== undefined);
  return games.every(({ manifest: { slug } }) => {
    const dir = join(GAMES_BUILD_DIR, slug);
    return existsSync(dir) && readdirSync(dir).length > 0;
  });
}
