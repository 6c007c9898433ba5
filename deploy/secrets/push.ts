import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { CloudEnvironment } from '#deploy/environment.ts';
import { secretBulk } from '#deploy/wrangler/secret-bulk.ts';
import type { SecretSource } from '#secrets/secrets.ts';
import { NearcadeError } from '#shared/errors.ts';
import { checkValue } from './check-value.ts';
import { openStore, secretsOf } from './context.ts';

const SCRATCH = join(import.meta.dirname, '..', '..', '.nearcade', 'deploy');

export interface PushOptions {
  /** Default: the environment's Secrets Manager, with the credentials of this process. */
  source?: SecretSource;
  /** CLOUDFLARE_API_TOKEN comes from here. Default: this process's. */
  env?: NodeJS.ProcessEnv;
  /** Texts that are not current yet, by the setting's name: a rotation brings them to the Worker first. */
  instead?: Readonly<Record<string, string>>;
  signal?: AbortSignal | undefined;
}

/**
 * Takes the Worker's secrets from Secrets Manager into the Worker that serves; a deploy takes the same ones along with the version that it
 * uploads (`readWorkerSecrets`). Returns the settings that were handed over. Throws `secret_missing` with all that lack, `secret_denied`,
 * `secrets_unreachable`, `secret_invalid` or `deploy_failed`.
 */
export async function pushWorkerSecrets(
  environment: CloudEnvironment,
  { source = openStore(environment), env = process.env, instead = {}, signal }: PushOptions,
): Promise<string[]> {
  const secrets = { ...(await readWorkerSecrets(environment, source)), ...instead };
  signal?.throwIfAborted();
  mkdirSync(SCRATCH, { recursive: true });
  const folder = mkdtempSync(join(SCRATCH, 'secrets-'));
  try {
    await secretBulk(secrets, { environment, folder, env, signal });
    return Object.keys(secrets);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Every secret that the environment's Worker needs, and those that it may have and there are, by its setting's name. */
export async function readWorkerSecrets(
  environment: CloudEnvironment,
  source: SecretSource,
): Promise<Record<string, string>> {
  const secrets: Record<string, string> = {};
  const lacking: NearcadeError[] = [];
  for (const secret of secretsOf(environment)) {
    if (secret.group !== 'worker') continue;
    try {
      const text = await source.read(secret.name);
      checkValue(secret, text);
      secrets[secret.setting] = text;
    } catch (error) {
      if (!(error instanceof NearcadeError) || error.code !== 'secret_missing') throw error;
      if (!secret.facts.optional) lacking.push(error);
    }
  }
  const [first] = lacking;
  if (first === undefined) return secrets;
  if (lacking.length === 1) throw first;
  throw new NearcadeError('secret_missing', lacking.map(({ message }) => message).join('; '));
}
