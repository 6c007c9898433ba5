import { mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';
import type { TestServices } from '#local/test/services.ts';

const ROOT = join(import.meta.dirname, '..');

/** A new player has nothing, so that tests say themselves what is in a wallet. */
const WALLET = { WELCOME_CREDITS: '0' };

/** Many tries from one address, as tests make them; few for one account, so that the limit itself is tested. */
const LIMITS = {
  SIGN_IN_LIMIT_PER_ADDRESS: '100000',
  SIGN_IN_LIMIT_PER_ACCOUNT: '10',
  SIGN_IN_FAILURES_PER_ADDRESS: '100000',
};

/** More at the same time than this wait for each other's database rather than for a core. */
const MAX_WORKERS = 4;

/** Counts the workers up as vitest starts them. */
let started = 0;

/**
 * The Worker's tests: inside workerd, over a real Postgres and Redis that local/test-services.ts starts for each of vitest's workers.
 * The files of a worker share its isolate: to load the Worker anew for each took longer than most files' tests.
 */
export default defineConfig({
  plugins: [
    cloudflareTest(({ inject }) => {
      // Named by wrangler.toml; the web app may not have been built.
      mkdirSync(join(ROOT, '.nearcade', 'web'), { recursive: true });
      const all = inject<ReadonlyArray<TestServices['workerSettings']>>('workerSettings');
      const settings = all[started++ % all.length];
      return {
        wrangler: { configPath: join(ROOT, 'wrangler.toml') },
        miniflare: {
          bindings: { ...settings, ...LIMITS, ...WALLET },
        },
      };
    }),
  ],
  test: {
    root: ROOT,
    include: ['edge/**/*.test.ts'],
    exclude: ['edge/web/**'],
    isolate: false,
    maxWorkers: Math.min(availableParallelism(), MAX_WORKERS),
    setupFiles: [join(ROOT, 'edge', 'testing', 'before-each-file.ts')],
    globalSetup: [join(ROOT, 'local', 'test-services.ts')],
    silent: 'passed-only',
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // A worker ends with thousands of Durable Objects' files to remove.
    teardownTimeout: 60_000,
    expect: { poll: { timeout: 20_000 } },
  },
});
