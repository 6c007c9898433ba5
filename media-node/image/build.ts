import { existsSync } from 'node:fs';
import { NearcadeError } from '#shared/errors.ts';
import { buildGames, loadManifests } from '../../games/install.ts';
import { ensureNative } from '../encode/build-native.ts';
import { ensureMediasoupWorker } from '../sfu/build-worker.ts';
import { built } from './built.ts';

/** Makes sure that a native part is there, the release's or built here. A game counts as built by itself. */
const PARTS: Readonly<Record<string, () => Promise<unknown>>> = {
  worker: () => ensureMediasoupWorker({ onProgress: console.log }),
  helper: async () => existsSync(built.helper) || (await ensureNative({ onProgress: console.log })),
  games: async () =>
    existsSync(built.games) || (await buildGames({ games: await wantedGames(), onProgress: console.log })),
};

/** All, but where the environment names those that this machine is to have. */
async function wantedGames() {
  const wanted = process.env.NEARCADE_GAMES?.split(',');
  const games = await loadManifests();
  return wanted === undefined ? games : games.filter(({ manifest }) => wanted.includes(manifest.slug));
}

const part = PARTS[process.argv[2] ?? ''];
if (part === undefined) {
  console.error(`usage: node media-node/image/build.ts ${Object.keys(PARTS).join('|')}`);
  process.exit(2);
}
try {
  await part();
} catch (error) {
  console.error(error instanceof NearcadeError ? error.message : error);
  process.exit(1);
}
