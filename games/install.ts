import { spawn } from 'node:child_process';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { NearcadeError } from '#shared/errors.ts';
import { type GameManifest, parseManifest } from '#shared/manifest.ts';

export interface GameFolder {
  manifest: GameManifest;
  /** Absolute path of `games/<slug>`. */
  dir: string;
}

/** The games in a folder, by name. Throws `manifest_invalid`, saying whose and what, when one is wrong. */
export async function loadManifests(gamesDir = import.meta.dirname): Promise<GameFolder[]> {
  const entries = await readdir(gamesDir, { withFileTypes: true });
  const names = entries.filter(entry => entry.isDirectory()).map(entry => entry.name);
  const games = await Promise.all(names.sort().map(name => loadManifest(join(gamesDir, name), name)));
  return games.filter(game => game !== undefined);
}

async function loadManifest(dir: string, name: string): Promise<GameFolder | undefined> {
  const text = await readFile(join(dir, 'game.json'), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const manifest = parse(text, name);
  if (manifest.slug !== name) {
    throw new NearcadeError('manifest_invalid', `games/${name}: slug: must be the folder's name`);
  }
  return { manifest, dir };
}

function parse(text: string, name: string): GameManifest {
  try {
    return parseManifest(JSON.parse(text));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new NearcadeError('manifest_invalid', `games/${name}/game.json: ${why}`, { cause });
  }
}

export interface BuildOptions {
  /** Default: every game of this folder. */
  games?: readonly GameFolder[];
  buildDir?: string;
  signal?: AbortSignal;
  onProgress?: (line: string) => void;
}

/** Where the games that come as sources are built to. */
export const GAMES_BUILD_DIR = join(import.meta.dirname, '..', '.nearcade', 'games');

/**
 * Builds what comes as sources into `<buildDir>/<slug>`; what is up to date takes no time.
 * Throws `setup_failed` with the end of the compiler's output.
 */
export async function buildGames(options: BuildOptions = {}): Promise<void> {
  const { buildDir = GAMES_BUILD_DIR, signal, onProgress } = options;
  for (const { manifest, dir } of options.games ?? (await loadManifests())) {
    const { build } = manifest.install;
    if (build === undefined) continue;
    onProgress?.(manifest.title);
    const output = join(buildDir, manifest.slug);
    await mkdir(output, { recursive: true });
    if (build.cmake !== undefined) {
      await run(
        manifest.slug,
        'cmake',
        ['-G', 'Ninja', '-S', join(dir, build.cmake), '-B', output],
        dir,
        signal,
      );
      await run(manifest.slug, 'cmake', ['--build', output], dir, signal);
    } else if (build.script !== undefined) {
      await run(manifest.slug, join(dir, build.script), [output], dir, signal);
    }
  }
}

/** Characters of a failed command's output that are worth showing. */
const OUTPUT_TAIL = 2000;

function run(
  slug: string,
  command: string,
  args: readonly string[],
  cwd: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(signal === undefined ? {} : { signal }),
    });
    let output = '';
    const keep = (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-OUTPUT_TAIL);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('error', reject);
    child.once('close', code => {
      if (code === 0) resolve();
      else
        reject(
          new NearcadeError('setup_failed', `The game ${slug} cannot be built (${command}):\n${output}`),
        );
    });
  });
}
