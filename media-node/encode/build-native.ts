import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { NearcadeError } from '#shared/errors.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const SOURCES = join(import.meta.dirname, 'native');

/** Where `ensureNative()` builds. */
export const NATIVE_BUILD_DIR = join(ROOT, '.nearcade', 'build', 'native');

/** The helper that `ensureNative()` builds there. */
export const NATIVE_HELPER = join(NATIVE_BUILD_DIR, 'nearcade-media');

/** Lines of a failed build that are shown: the compiler's first error is near the end. */
const SHOWN_LINES = 25;

export interface EnsureNativeOptions {
  buildDir?: string;
  /** The unit tests and the decoder that the tests look through, too. */
  testTools?: boolean;
  /** Told each line of the build, as "[3/23] Building C object ...". */
  onProgress?: (line: string) => void;
  signal?: AbortSignal;
}

/**
 * Builds the media helper where it is missing or older than its sources: under half a second when there is nothing to
 * do. The output goes to `build.log` in the build folder. Several may call at once: one builds, the others wait.
 * @returns the path of `nearcade-media`.
 * @throws NearcadeError `setup_failed`, naming the Debian packages that are missing, or the end of the log.
 */
export async function ensureNative(options: EnsureNativeOptions = {}): Promise<string> {
  const buildDir = options.buildDir ?? NATIVE_BUILD_DIR;
  const testTools = options.testTools ?? false;
  mkdirSync(buildDir, { recursive: true });
  const log = join(buildDir, 'build.log');
  await writeFile(log, '');
  const tools = testTools ? 'ON' : 'OFF';
  if (wasMoved(buildDir)) rmSync(join(buildDir, 'CMakeCache.txt'));
  if (!isConfigured(buildDir, tools)) {
    const configure = ['-G', 'Ninja', '-S', SOURCES, '-B', buildDir, `-DNEARCADE_TEST_TOOLS=${tools}`];
    await cmake(configure, { ...options, buildDir, log });
  }
  await cmake(['--build', buildDir], { ...options, buildDir, log });
  return join(buildDir, 'nearcade-media');
}

/** Ninja runs CMake again by itself when what it was given changes. */
function isConfigured(buildDir: string, tools: string): boolean {
  const cache = join(buildDir, 'CMakeCache.txt');
  return (
    existsSync(join(buildDir, 'build.ninja')) &&
    existsSync(cache) &&
    readFileSync(cache, 'utf8').includes(`NEARCADE_TEST_TOOLS:BOOL=${tools}\n`)
  );
}

/** CMake builds in no folder but the one it was told first: a clone that was moved or copied is configured anew. */
function wasMoved(buildDir: string): boolean {
  const cache = join(buildDir, 'CMakeCache.txt');
  return (
    existsSync(cache) && !readFileSync(cache, 'utf8').includes(`CMAKE_CACHEFILE_DIR:INTERNAL=${buildDir}\n`)
  );
}

interface Run extends EnsureNativeOptions {
  buildDir: string;
  log: string;
}

/** Ninja does not guard its folder against a second one: flock(1) does. */
async function cmake(args: string[], run: Run): Promise<void> {
  const child = spawn('flock', [join(run.buildDir, '.lock'), 'cmake', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(run.signal === undefined ? {} : { signal: run.signal }),
  });
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output.push(text);
      for (const line of text.split('\n')) if (line !== '') run.onProgress?.(line);
    });
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const text = output.join('');
  await appendFile(run.log, text);
  if (code !== 0) throw new NearcadeError('setup_failed', explain(text, run));
}

function explain(output: string, run: Run): string {
  const missing = missingPackages(run.testTools ?? false);
  if (missing.length > 0) {
    return `The media helper cannot be built without these Debian packages:\n  apt-get install --no-install-recommends ${missing.join(' ')}`;
  }
  const end = output.trimEnd().split('\n').slice(-SHOWN_LINES).join('\n');
  return `The media helper did not build. The end of ${run.log}:\n${end}`;
}

/** Of the packages listed beside the sources, those that dpkg does not know as installed. */
function missingPackages(testTools: boolean): string[] {
  const lists = testTools ? ['packages.txt', 'packages-test.txt'] : ['packages.txt'];
  const names = lists.flatMap(list => readFileSync(join(SOURCES, list), 'utf8').trim().split('\n'));
  const status = ['Package', 'Status'].map(field => `\${${field}}`).join(' ');
  const query = spawnSync('dpkg-query', ['-W', `-f=${status}\\n`, ...names], { encoding: 'utf8' });
  if (query.error !== undefined) return names;
  const installed = new Set(query.stdout.split('\n').filter(line => line.endsWith(' install ok installed')));
  return names.filter(name => !installed.has(`${name} install ok installed`));
}
