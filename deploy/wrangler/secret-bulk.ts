import type { CloudEnvironment } from '#deploy/environment.ts';
import { writeWranglerConfig } from './config.ts';
import { openWrangler } from './wrangler.ts';

export interface SecretBulkOptions {
  environment: CloudEnvironment;
  /** For wrangler's configuration and scratch files. */
  folder: string;
  /** CLOUDFLARE_API_TOKEN comes from here. */
  env: NodeJS.ProcessEnv;
  signal?: AbortSignal | undefined;
}

/**
 * Hands secrets to the real wrangler as JSON over its standard input: they are in no argument, no file and no variable, and wrangler writes
 * no log. They serve at once, as a version of their own, which Cloudflare refuses while the newest version is not the one that serves. Throws
 * `deploy_failed` with wrangler's last lines.
 */
export async function secretBulk(
  secrets: Readonly<Record<string, string>>,
  { environment, folder, env, signal }: SecretBulkOptions,
): Promise<void> {
  const config = writeWranglerConfig(environment, folder);
  await openWrangler({ config, folder, env }).runWithSecrets(['secret', 'bulk'], secrets, signal);
}
