import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism, homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { NearcadeError } from '#shared/errors.ts';
import { NEARCADE_DIR, ROOT } from '../paths.ts';
import { runCommand, type SetupContext } from './command.ts';
import { hashTree } from './hash-tree.ts';

const RECIPE = join(ROOT, 'media-node', 'sfu', 'worker-build');
const MEDIASOUP = join(ROOT, 'node_modules', 'mediasoup');

/** The set-up's lock keeps two builds from meeting here. */
const BUILD = join(NEARCADE_DIR, 'build', 'mediasoup-worker');

/** Where mediasoup looks for it. */
const TARGET = join(MEDIASOUP, 'worker', 'out', 'Release', 'mediasoup-worker');

/** A worker that runs, but is not told mediasoup's version in its environment, exits with this code. */
const EXIT_WITHOUT_VERSION = 41;

function works(binary: string): boolean {
  return (
    existsSync(binary) && spawnSync(binary, { env: {}, stdio: 'ignore' }).status === EXIT_WITHOUT_VERSION
  );
}

/** Whether `ensureMediasoupWorker` has nothing to do. */
export function hasMediasoupWorker(): boolean {
  return works(TARGET) && keyOf(TARGET) === recipeKey();
}

/**
 * Puts a mediasoup-worker where mediasoup looks for it: a cached one, else one built from the sources inside the npm
 * package. The cache lies outside the clone, so that another clone on this machine does not build again.
 */
export async function ensureMediasoupWorker(context: SetupContext): Promise<void> {
  if (hasMediasoupWorker()) return;
  const cached = cachedPath();
  if (!works(cached)) await build(context, cached);
  install(cached, TARGET);
  writeFileSync(keyFile(TARGET), recipeKey());
  if (!works(TARGET)) throw new NearcadeError('setup_failed', `${TARGET} was built but does not run.`);
}

/** What it was made from: a worker of an older recipe lacks a patch. */
function recipeKey(): string {
  return createHash('sha256')
    .update(readFileSync(join(MEDIASOUP, 'package.json')))
    .update(hashTree([RECIPE]))
    .digest('hex')
    .slice(0, 16);
}

function keyFile(binary: string): string {
  return `${binary}.recipe`;
}

function keyOf(binary: string): string | undefined {
  return existsSync(keyFile(binary)) ? readFileSync(keyFile(binary), 'utf8') : undefined;
}

function cachedPath(): string {
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  return join(cache, 'nearcade', 'mediasoup-worker', `${process.arch}-${recipeKey()}`, 'mediasoup-worker');
}

/** A build that was cut off goes on where it was. */
async function build(context: SetupContext, to: string): Promise<void> {
  await runCommand(context, {
    name: 'mediasoup-worker-cmake',
    command: 'cmake',
    args: ['-G', 'Ninja', '-S', RECIPE, '-B', BUILD, `-DWORKER_DIR=${join(MEDIASOUP, 'worker')}`],
  });
  await runCommand(context, {
    name: 'mediasoup-worker-build',
    // Not by cmake, which does not hand a stop on to it.
    command: 'ninja',
    args: ['-C', BUILD, '-j', String(availableParallelism())],
  });
  install(join(BUILD, 'mediasoup-worker'), to);
  rmSync(BUILD, { recursive: true, force: true });
}

/** Copies so that nobody ever sees half a file. */
function install(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  const part = `${to}.${process.pid}`;
  copyFileSync(from, part);
  chmodSync(part, 0o755);
  renameSync(part, to);
}
