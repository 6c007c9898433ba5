import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { COMMIT_DIGITS } from '#deploy/commit.ts';
import { ensureNative } from '#media-node/encode/build-native.ts';
import { ensureMediasoupWorker, WORKER_FILES } from '#media-node/sfu/build-worker.ts';
import { NearcadeError } from '#shared/errors.ts';
import { buildGames, GAMES_BUILD_DIR, type GameFolder, loadManifests } from '../../games/install.ts';
import { packagesOfLibraries } from './libraries.ts';
import { importsOf, prunedManifests } from './node-packages.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** What a node runs of ours, from which all that it needs follows. */
const ENTRIES = [
  'media-node/main.ts',
  'media-node/logs/main.ts',
  'media-node/image/configure.ts',
  'media-node/image/build.ts',
];

/** Taken whole, whoever imports it; and the page that the unit points to. */
const WHOLE = ['ARCHITECTURE.md', 'games', 'media-node'];

/** Tests and what only they use. */
const LEFT_OUT = /\.test\.ts$|(^|\/)test\/|\/testing[^/]*\.ts$/;

/** What CMake leaves beside what it builds: paths of this machine. */
const CMAKE_REST =
  /^(CMake.*|cmake_install\.cmake|build\.ninja|\.ninja_.*|.*\.a|build\.log|\.lock|pads|Testing)$/;

/** What nodes are (media-node/image); what is built on another one does not run there. */
const NODES_DEBIAN = 'debian 12';

/** Programs and libraries of the helper's build. */
const HELPER = ['nearcade-media', 'nearcade-media-hardware', 'nearcade-pads.so', 'nearcade-uinput'];

export interface Release {
  version: string;
  /** The tarball; its hash is in `<file>.sha256`, as sha256sum writes it. */
  file: string;
  sha256: string;
}

/**
 * Makes `nearcade-<version>-linux-x64.tar.gz` in `outDir`: a node's sources with its part of the lockfile, and the native parts and games
 * built. The same sources and tools make the same bytes. What the working tree has that was not committed goes in, and the version says so.
 * Throws `setup_failed` on another Debian than nodes have.
 */
export async function makeRelease(
  outDir: string,
  onProgress: (line: string) => void = () => {},
): Promise<Release> {
  if (debian() !== NODES_DEBIAN) {
    throw new NearcadeError(
      'setup_failed',
      `A release is built on Debian 12, which nodes run, and this is ${debian()}: take one there, or CI's.`,
    );
  }
  const games = (await loadManifests()).filter(({ manifest }) => !manifest.unlisted);
  onProgress('native parts');
  await ensureMediasoupWorker();
  const helper = await ensureNative();
  await buildGames({ games });
  const { files, packages } = importsOf(ROOT, ENTRIES);
  const sources = [...WHOLE, ...files];
  const { version, time } = versionOf(sources);
  const name = `nearcade-${version}`;
  const work = mkdtempSync(join(tmpdir(), 'nearcade-release-'));
  try {
    const tree = join(work, name);
    onProgress('sources');
    copySources(tree, sources, games);
    writeManifests(tree, packages);
    copyBuilt(tree, dirname(helper), games);
    writeFileSync(join(tree, 'VERSION'), `${version}\n`);
    onProgress('tarball');
    mkdirSync(outDir, { recursive: true });
    const file = join(outDir, `${name}-linux-x64.tar.gz`);
    pack(work, name, file, time);
    const sha256 = createHash('sha256').update(readFileSync(file)).digest('hex');
    writeFileSync(`${file}.sha256`, `${sha256}  ${basename(file)}\n`);
    return { version, file, sha256 };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** package.json's version and the commit; `time` is the commit's, in seconds since 1970, which every file in the tarball gets. */
function versionOf(sources: readonly string[]): { version: string; time: string } {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  const [commit, time] = git('log', '-1', '--format=%h %ct', `--abbrev=${COMMIT_DIGITS}`).trim().split(' ');
  const dirty =
    git('status', '--porcelain', '--', 'package.json', 'package-lock.json', ...sources).trim() === ''
      ? ''
      : '.dirty';
  return { version: `${version}+${commit}${dirty}`, time: time ?? '0' };
}

/** What git knows or would take: nothing that was built, no data, no secret of this machine. */
function copySources(tree: string, sources: readonly string[], games: readonly GameFolder[]): void {
  const listed = git('ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', ...sources);
  const folders = new Set(games.map(({ manifest }) => manifest.slug));
  for (const path of listed.split('\0')) {
    const [top, slug, ...rest] = path.split('/');
    if (path === '' || LEFT_OUT.test(path)) continue;
    if (top === 'games' && rest.length > 0 && !folders.has(slug ?? '')) continue;
    const from = join(ROOT, path);
    // Removed and not committed yet.
    if (statSync(from, { throwIfNoEntry: false }) === undefined) continue;
    cpSync(from, join(tree, path));
  }
}

function writeManifests(tree: string, packages: readonly string[]): void {
  const { manifest, lock } = prunedManifests(ROOT, packages);
  const write = (name: string, value: unknown) =>
    writeFileSync(join(tree, name), `${JSON.stringify(value, null, 2)}\n`);
  write('package.json', manifest);
  write('package-lock.json', lock);
}

function copyBuilt(tree: string, helperDir: string, games: readonly GameFolder[]): void {
  const built = join(tree, 'built');
  for (const file of WORKER_FILES) cpSync(file, join(built, basename(file)));
  const present = readdirSync(helperDir);
  for (const file of HELPER.filter(name => present.includes(name))) {
    cpSync(join(helperDir, file), join(built, 'native', file));
  }
  mkdirSync(join(built, 'games'), { recursive: true });
  for (const { manifest } of games.filter(game => game.manifest.install.build !== undefined)) {
    const from = join(GAMES_BUILD_DIR, manifest.slug);
    cpSync(from, join(built, 'games', manifest.slug), {
      recursive: true,
      filter: path => path === from || !CMAKE_REST.test(basename(path)),
    });
  }
  const programs = programsIn(built);
  writeFileSync(join(built, 'packages.txt'), `${packagesOfLibraries(programs).join('\n')}\n`);
  writeFileSync(join(built, 'debian.txt'), `${debian()}\n`);
}

/** ELF files. */
function programsIn(dir: string): string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
    .filter(path => readFileSync(path).subarray(0, 4).toString('latin1') === '\x7fELF');
}

/** os-release(5): libraries are called by their version, so what is built here runs on this Debian alone. */
function debian(): string {
  const text = readFileSync('/etc/os-release', 'utf8');
  const value = (key: string) => new RegExp(`^${key}="?([^"\n]*)`, 'm').exec(text)?.[1] ?? '';
  return `${value('ID')} ${value('VERSION_ID')}`;
}

/** GNU tar and gzip with everything fixed that is not in the files: order, owners, times, the name in gzip's head. */
function pack(work: string, name: string, file: string, time: string): void {
  const tarball = `${file}.part`;
  const fixed = [
    '--sort=name',
    '--owner=0',
    '--group=0',
    '--numeric-owner',
    '--mode=u=rwX,go=rX',
    `--mtime=@${time}`,
  ];
  command('tar', ['--format=gnu', ...fixed, '-cf', tarball, '-C', work, name]);
  command('gzip', ['-n', '-f', '-6', tarball]);
  command('mv', [`${tarball}.gz`, file]);
  chmodSync(file, 0o644);
}

const git = (...args: string[]): string => command('git', ['-C', ROOT, ...args]);

function command(program: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    encoding: 'utf8',
    maxBuffer: 64 << 20,
  });
  if (status !== 0)
    throw new NearcadeError('setup_failed', `${program} ${args[0]}: ${error?.message ?? stderr.trim()}`);
  return stdout;
}
