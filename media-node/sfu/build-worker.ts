import { spawn, spawnSync } from 'node:child_process';
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
import { hashTree } from '../hash-tree.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const RECIPE = join(import.meta.dirname, 'worker-build');
const MEDIASOUP = join(ROOT, 'node_modules', 'mediasoup');

/** Whoever calls keeps two builds from meeting here. */
const BUILD = join(ROOT, '.nearcade', 'build', 'mediasoup-worker');

/** Where mediasoup looks for it. */
const TARGET = join(MEDIASOUP, 'worker', 'out', 'Release', 'mediasoup-worker');

/** Where a release brings it, with what it was made from. */
const RELEASED = join(ROOT, 'built', 'mediasoup-worker');

/** A worker that runs, but is not told mediasoup's version in its environment, exits with this code. */
const EXIT_WITHOUT_VERSION = 41;

/** Lines of a failed build that are shown. */
const SHOWN_LINES = 25;

type OnProgress = (line: string) => void;

/** Whether `ensureMediasoupWorker` has nothing to do. */
export function hasMediasoupWorker(): boolean {
  return works(TARGET) && keyOf(TARGET) === recipeKey();
}

/**
 * Puts a mediasoup-worker where mediasoup looks for it: the release's, a cached one, else one built from the sources inside the npm
 * package. The cache lies outside the clone, so that another clone on this machine does not build again.
 * @throws NearcadeError `setup_failed` with the end of the compiler's output.
 */
export async function ensureMediasoupWorker({ onProgress }: { onProgress?: OnProgress } = {}): Promise<void> {
  if (hasMediasoupWorker()) return;
  const cached = cachedPath();
  if (works(RELEASED) && keyOf(RELEASED) === recipeKey()) {
    install(RELEASED, TARGET);
  } else {
    if (!works(cached)) await build(cached, onProgress);
    install(cached, TARGET);
  }
  writeFileSync(keyFile(TARGET), recipeKey());
  if (!works(TARGET)) throw new NearcadeError('setup_failed', `${TARGET} was built but does not run.`);
}

/** For a release: the worker's path and the file that says what it was made from. Both are there after `ensureMediasoupWorker`. */
export const WORKER_FILES: readonly string[] = [TARGET, keyFile(TARGET)];

function works(binary: string): boolean {
  return (
    existsSync(binary) && spawnSync(binary, { env: {}, stdio: 'ignore' }).status === EXIT_WITHOUT_VERSION
  );
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
async function build(to: string, onProgress: OnProgress | undefined): Promise<void> {
  await run(
    'cmake',
    ['-G', 'Ninja', '-S', RECIPE, '-B', BUILD, `-DWORKER_DIR=${join(MEDIASOUP, 'worker')}`],
    onProgress,
  );
  // Not by cmake, which does not hand a stop on to it.
  await run('ninja', ['-C', BUILD, '-j', String(availableParallelism())], onProgress);
  install(join(BUILD, 'mediasoup-worker'), to);
  rmSync(BUILD, { recursive: true, force: true });
}

async function run(
  command: string,
  args: readonly string[],
  onProgress: OnProgress | undefined,
): Promise<void> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      for (const line of text.split('\n')) if (line !== '') onProgress?.(line);
    });
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code === 0) return;
  const end = output.trimEnd().split('\n').slice(-SHOWN_LINES).join('\n');
  throw new NearcadeError('setup_failed', `mediasoup's worker did not build. The end of its output:\n${end}`);
}

/** Copies so that nobody ever sees half a file. */
function install(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  const part = `${to}.${process.pid}`;
  copyFileSync(from, part);
  chmodSync(part, 0o755);
  renameSync(part, to);
}
