import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { gameArt, swaggerUi } from './vite/copied-assets.ts';
import { securityHeaders } from './vite/security-headers.ts';

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, '../..');

/** The player's web app. The Worker serves the output and answers unknown paths with index.html. */
export default defineConfig({
  root: here,
  base: '/',
  publicDir: false,
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  plugins: [gameArt(path.join(root, 'games')), swaggerUi(), securityHeaders()],
  build: {
    outDir: path.join(root, '.nearcade/web'),
    emptyOutDir: true,
    target: 'es2022',
    // The icon keeps an address of its own; a data URL would be in the script twice.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    rolldownOptions: {
      output: {
        // Together, so that zod is told how to parse before any chunk makes a schema.
        codeSplitting: { groups: [{ name: 'zod', test: /node_modules\/zod\/|web\/app\/parsing\.ts$/ }] },
      },
    },
  },
});
