import { defineConfig } from 'vitest/config';

/** Unit tests in Node: everything but the Worker (edge/vitest.config.ts) and the browser (e2e/vitest.config.ts). */
export default defineConfig({
  test: {
    include: [
      '{shared,media-node,local,games}/**/*.test.ts',
      'edge/web/**/*.test.ts',
      'e2e/{bench,fuzz,soak}/**/*.test.ts',
    ],
    testTimeout: 30_000,
  },
});
