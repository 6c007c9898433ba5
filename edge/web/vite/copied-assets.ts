import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Plugin } from 'vite';

const ART = /\.(svg|png|webp|avif|jpe?g)$/i;

/** Every game's pictures under the path that the catalog names: /games/<slug>/<file as in the manifest's art>. */
export function gameArt(games: string): Plugin {
  return {
    name: 'nearcade:game-art',
    async generateBundle() {
      for (const file of await filesBelow(games)) {
        if (!ART.test(file)) continue;
        this.emitFile({
          type: 'asset',
          fileName: `games/${file.split(path.sep).join('/')}`,
          source: await readFile(path.join(games, file)),
        });
      }
    },
  };
}

/** The API page's script and style, which the Worker's /docs asks for. */
export function swaggerUi(): Plugin {
  return {
    name: 'nearcade:swagger-ui',
    async generateBundle() {
      const { resolve } = createRequire(import.meta.url);
      for (const file of ['swagger-ui.css', 'swagger-ui-bundle.js']) {
        const source = await readFile(resolve(`swagger-ui-dist/${file}`));
        this.emitFile({ type: 'asset', fileName: `swagger/${file}`, source });
      }
    },
  };
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter(entry => entry.isFile())
    .map(entry => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort();
}
