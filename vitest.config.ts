import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { EXAMPLE_ENVIRONMENTS } from './deploy/testing/environments.ts';
import { LongestFirst } from './local/test/longest-first.ts';

/** Many files wait for games, processes and timeouts most of the time; more of them at once would wait for each other's pictures. */
const MAX_WORKERS = 4;

/** Unit tests in Node: everything but the Worker (edge/vitest.config.ts) and the browser (e2e/vitest.config.ts). */
export default defineConfig({
  test: {
    include: [
      '{shared,media-node,local,games,deploy,secrets,docs,terraform}/**/*.test.ts',
      'edge/web/**/*.test.ts',
      'e2e/{bench,fuzz,soak}/**/*.test.ts',
    ],
    // What an operator writes into environments/*.json is no test's business, but for those that look at these very files.
    env: { NEARCADE_ENVIRONMENTS: EXAMPLE_ENVIRONMENTS },
    maxWorkers: Math.min(availableParallelism(), MAX_WORKERS),
    sequence: { sequencer: LongestFirst },
    // What hangs, not what is slow: a busy machine may take long for any of them.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Or it is one second, in which a busy machine may not get to it.
    expect: { poll: { timeout: 60_000 } },
  },
});
