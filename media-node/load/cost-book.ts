import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import type { GameManifest } from '#shared/manifest.ts';

/** Cores that a million pixels a second cost to convert and encode, where nothing was measured yet: x264 at 720p60 takes half a core. */
const CORES_PER_MPX_S = 0.01;

/**
 * What a game takes is learnt from each sample: upwards at once, for a busy scene is what has to fit, downwards over minutes, for a
 * menu says nothing about the game.
 */
const LEARN_UP = 0.3;
const LEARN_DOWN = 0.01;

const fileSchema = z.record(z.string(), z.number().min(0).max(1024));

/** Cores that one session of each game takes on this machine, with its display, sound and encoder: learnt, and kept on disk. */
export class CostBook {
  readonly #path: string;
  readonly #costs: Map<string, number>;

  private constructor(path: string, costs: Map<string, number>) {
    this.#path = path;
    this.#costs = costs;
  }

  /** What was learnt before; nothing when the file is not there or not ours. */
  static async open(path: string): Promise<CostBook> {
    const text = await readFile(path, 'utf8').catch(() => '{}');
    let known: unknown;
    try {
      known = JSON.parse(text);
    } catch {
      known = {};
    }
    return new CostBook(path, new Map(Object.entries(fileSchema.safeParse(known).data ?? {})));
  }

  costOf(manifest: GameManifest): number {
    const known = this.#costs.get(keyOf(manifest));
    if (known !== undefined) return known;
    const { width, height, fps } = manifest.picture;
    return manifest.needs.cpu + ((width * height * fps) / 1_000_000) * CORES_PER_MPX_S;
  }

  /** `cores`: what a session that plays has just taken. */
  learn(manifest: GameManifest, cores: number): void {
    const known = this.#costs.get(keyOf(manifest)) ?? cores;
    const rate = cores > known ? LEARN_UP : LEARN_DOWN;
    this.#costs.set(keyOf(manifest), known + rate * (cores - known));
  }

  async save(): Promise<void> {
    await mkdir(dirname(this.#path), { recursive: true });
    const part = `${this.#path}.part`;
    await writeFile(part, JSON.stringify(Object.fromEntries(this.#costs)));
    await rename(part, this.#path);
  }
}

/** Another build, size or rate of the picture is another cost. */
function keyOf({ slug, version, picture }: GameManifest): string {
  return `${slug} ${version} ${picture.width}x${picture.height}@${picture.fps}`;
}
