// The Debian packages, by what they are for: the one list. `npm start`, `npm test` and a node's image take theirs from here, by
// media-node/image/install.sh. Plain JavaScript without packages: on a bare machine it runs before npm has installed any.
//   node media-node/image/packages.mjs node games ...
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { argv } from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** One name a line, after `#` a remark. Lists that belong to sources lie beside them. */
const LISTS = {
  node: ['media-node/image/packages/node.txt'],
  build: ['media-node/sfu/worker-build/packages.txt', 'media-node/encode/native/packages.txt'],
  // Written by the release: the libraries that its built parts are linked with.
  built: ['built/packages.txt'],
  games: [],
  local: ['media-node/image/packages/local.txt'],
  test: ['media-node/image/packages/test.txt', 'media-node/encode/native/packages-test.txt'],
  vm: ['media-node/image/packages/vm.txt'],
};

/** What a game needs that is built from sources by CMake. */
const CMAKE = ['cmake', 'ninja-build', 'gcc'];

/** What the sets are called. */
export const SETS = Object.keys(LISTS);

/**
 * The names in those sets, sorted, each once.
 *
 * @param {readonly string[]} sets
 * @param {{ root?: string, games?: readonly string[] }} [options] `games`: slugs; all when absent
 * @returns {string[]}
 */
export function packagesOf(sets, { root = ROOT, games } = {}) {
  const unknown = sets.find(set => !SETS.includes(set));
  if (unknown !== undefined) throw new Error(`There is no set ${unknown}: the sets are ${SETS.join(', ')}.`);
  const installs = installsOf(join(root, 'games'), games);
  const names = sets.flatMap(set => [
    ...LISTS[set].flatMap(list => namesIn(join(root, list))),
    ...(set === 'games' ? installs.flatMap(install => install.debian ?? []) : []),
    ...(set === 'build' ? installs.flatMap(neededToBuild) : []),
  ]);
  return [...new Set(names)].sort();
}

function namesIn(path) {
  return readFileSync(path, 'utf8')
    .split('\n')
    .map(line => line.replace(/#.*/, '').trim())
    .filter(line => line !== '');
}

/** `install` of each manifest (shared/manifest.ts). Whether the rest of it is right is not asked here. */
function installsOf(dir, slugs) {
  return readdirSync(dir)
    .filter(slug => slugs === undefined || slugs.includes(slug))
    .map(slug => join(dir, slug, 'game.json'))
    .filter(path => existsSync(path))
    .map(path => JSON.parse(readFileSync(path, 'utf8')).install);
}

function neededToBuild({ build }) {
  if (build === undefined) return [];
  return [...(build.debian ?? []), ...(build.cmake === undefined ? [] : CMAKE)];
}

if (argv[1] !== undefined && import.meta.url === pathToFileURL(argv[1]).href) {
  const games = process.env.NEARCADE_GAMES;
  console.log(packagesOf(argv.slice(2), games ? { games: games.split(',') } : {}).join('\n'));
}
