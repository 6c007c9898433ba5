import { mkdirSync } from 'node:fs';
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

/** The Worker's tests: inside workerd, over a real Postgres and Redis that local/test-services.ts starts for the run. */
export default defineConfig({
  plugins: [
    cloudflareTest(({ inject }) => {
      // Named by wrangler.toml; the web app may not have been built.
      mkdirSync(join(ROOT, '.nearcade', 'web'), { recursive: true });
      return {
        wrangler: { configPath: join(ROOT, 'wrangler.toml') },
        miniflare: {
          bindings: { ...inject<TestServices['workerSettings']>('workerSettings'), ...LIMITS, ...WALLET },
        },
      };
    }),
  ],
  test: {
    root: ROOT,
    include: ['edge/**/*.test.ts'],
    exclude: ['edge/web/**'],
    globalSetup: [join(ROOT, 'local', 'test-services.ts')],
    silent: 'passed-only',
    testTimeout: 30_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 20_000 } },
  },
});
