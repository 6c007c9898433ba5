import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { NEARCADE_DIR, platformPaths } from '../paths.ts';
import { type DataServices, startDataServices } from '../services/data-services.ts';
import { loadSecrets, type Secrets } from '../services/secrets.ts';
import { type WorkerSettings, workerSettings } from '../services/worker-settings.ts';
import { Supervisor } from '../supervise/supervisor.ts';
import { CloudflareDns } from './cloudflare-dns.ts';
import { type OidcSettings, startOidcProvider } from './oidc-provider.ts';

/** Nothing is there: requests are handed to the Worker by its tests. */
const TEST_PUBLIC_URL = 'http://nearcade.test';

export interface TestServices {
  readonly data: DataServices;
  readonly secrets: Secrets;
  /** The Worker's settings for these services, by the names in edge/env.ts. */
  readonly workerSettings: WorkerSettings & OidcSettings & { DNS_API_URL: string };
  close(): Promise<void>;
}

/**
 * A real, empty, migrated Postgres, a real Redis behind their shims, an OpenID Connect provider and a stand-in for
 * Cloudflare's DNS, on free ports in a folder of their own. `durable`: Postgres waits for the disk at each commit, as where it matters.
 */
export async function startTestServices({
  durable = false,
}: {
  durable?: boolean;
} = {}): Promise<TestServices> {
  mkdirSync(NEARCADE_DIR, { recursive: true });
  const dataDir = mkdtempSync(join(NEARCADE_DIR, 'test-services-'));
  const paths = platformPaths(dataDir);
  const supervisor = new Supervisor(paths.runFile);
  const secrets = await loadSecrets(paths.secrets);
  const signal = new AbortController().signal;
  const data = await startDataServices({ supervisor, paths, secrets, durable, signal });
  const oidc = await startOidcProvider(TEST_PUBLIC_URL);
  const dns = await CloudflareDns.open();
  return {
    data,
    secrets,
    workerSettings: {
      ...workerSettings(data, secrets, TEST_PUBLIC_URL),
      ...oidc.settings,
      DNS_API_URL: dns.url,
    },
    async close() {
      await dns.close();
      await oidc.close();
      await data.close();
      await supervisor.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
