import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

/**
 * The platform played by a real browser. A file that sets or stops something of the platform starts one of its own, the others share one;
 * they run one after the other, since a session takes a core for itself.
 */
export default defineConfig({
  // With the others', not in a node_modules of its own.
  cacheDir: join(import.meta.dirname, '..', 'node_modules', '.vite'),
  test: {
    root: import.meta.dirname,
    include: ['*.test.ts'],
    fileParallelism: false,
    globalSetup: [join(import.meta.dirname, 'support', 'start-shared-platform.ts')],
    testTimeout: 90_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 30_000 } },
  },
});
