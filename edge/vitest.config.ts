import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';
import type { WorkerSettings } from '#local/services/worker-settings.ts';

const ROOT = join(import.meta.dirname, '..');

/** The Worker's tests: inside workerd, over a real Postgres and Redis that local/test-services.ts starts for the run. */
export default defineConfig({
  plugins: [
    cloudflareTest(({ inject }) => {
      // Named by wrangler.toml; the web app may not have been built.
      mkdirSync(join(ROOT, '.nearcade', 'web'), { recursive: true });
      return {
        wrangler: { configPath: join(ROOT, 'wrangler.toml') },
        miniflare: {
          bindings: {
            ...inject<WorkerSettings>('workerSettings'),
            SIGN_IN_LIMIT_PER_ADDRESS: '100000',
            SIGN_IN_LIMIT_PER_ACCOUNT: '10',
          },
        },
      };
    }),
  ],
  test: {
    include: ['edge/**/*.test.ts'],
    exclude: ['edge/web/**'],
    root: ROOT,
    globalSetup: [join(ROOT, 'local', 'test-services.ts')],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
