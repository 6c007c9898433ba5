import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { GAMES_BUILD_DIR } from '../../games/install.ts';
import { NATIVE_HELPER } from '../encode/build-native.ts';

/** The tree that this file belongs to: a release, or a clone. */
export const TREE = join(import.meta.dirname, '..', '..');

/** What a release brings ready to run (deploy/release): the helper with its libraries, and the games that come as sources. */
export const built = {
  helper: join(TREE, 'built', 'native', 'nearcade-media'),
  games: join(TREE, 'built', 'games'),
} as const;

/** Where a node of this tree finds its native parts: the release's, else what install.sh built. */
export function nativeParts(): { mediaHelper: string; gamesBuildDir: string } {
  return {
    mediaHelper: existsSync(built.helper) ? built.helper : NATIVE_HELPER,
    gamesBuildDir: existsSync(built.games) ? built.games : GAMES_BUILD_DIR,
  };
}
