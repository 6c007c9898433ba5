import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { GAMES_BUILD_DIR, loadManifests } from '../../games/install.ts';
import { ROOT } from '../paths.ts';
import { runImagePart } from './image-part.ts';
import { stampOf } from './stamp.ts';
import type { Step } from './step.ts';

const GAMES = join(ROOT, 'games');
const stamp = stampOf('games', [GAMES]);

/** The games that come as sources. */
export const gamesFromSource: Step = {
  title: 'games',
  isDone: async () => stamp.isCurrent() && (await isBuilt()),
  run: context => stamp.around(() => runImagePart(context, 'games')),
};

/** Whether each has something where it is built to: one folder alone may have been removed. */
async function isBuilt(): Promise<boolean> {
  const games = (await loadManifests()).filter(({ manifest }) => manifest.install.build !== undefined);
  return games.every(({ manifest: { slug } }) => {
    const dir = join(GAMES_BUILD_DIR, slug);
    return existsSync(dir) && readdirSync(dir).length > 0;
  });
}
