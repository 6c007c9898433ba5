import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';
import type { WorkerSettings } from '#local/services/worker-settings.ts';

const ROOT = join(import.meta.dirname, '..');

/** The Worker's tests, inside workerd. */
const workerd = cloudflareTest(({ inject }) => {
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
});

/**
 * Over a real Postgres and Redis, which local/test-services.ts starts once for the run. It stands outside of the
 * workerd project: that one bundles every module as for a Worker, which the services' packages are not made for.
 */
export default defineConfig({
  test: {
    root: ROOT,
    silent: 'passed-only',
    globalSetup: [join(ROOT, 'local', 'test-services.ts')],
    projects: [
      {
        plugins: [workerd],
        test: {
          name: 'edge',
          root: ROOT,
          include: ['edge/**/*.test.ts'],
          exclude: ['edge/web/**'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
