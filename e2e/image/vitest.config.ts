import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

/** A node made from a bare Debian: a stage of its own, since it takes minutes, and the network the first time. */
export default defineConfig({
  cacheDir: join(import.meta.dirname, '..', '..', 'node_modules', '.vite'),
  test: {
    root: import.meta.dirname,
    include: ['*.test.ts'],
    fileParallelism: false,
    // Each goes on from what the one before has made.
    bail: 1,
    // Downloads: what hangs, not what is slow.
    testTimeout: 600_000,
    hookTimeout: 900_000,
  },
});
