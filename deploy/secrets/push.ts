import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { CloudEnvironment } from '#deploy/environment.ts';
import { type SecretsTarget, secretBulk } from '#deploy/wrangler/secret-bulk.ts';
import type { SecretSource } from '#secrets/secrets.ts';
import { NearcadeError } from '#shared/errors.ts';
import { checkValue } from './check-value.ts';
import { openStore, secretsOf } from './context.ts';

const SCRATCH = join(import.meta.dirname, '..', '..', '.nearcade', 'deploy');

export interface PushOptions {
  target: SecretsTarget;
  /** Default: the environment's Secrets Manager, with the credentials of this process. */
  source?: SecretSource;
  /** CLOUDFLARE_API_TOKEN comes from here. Default: this process's. */
  env?: NodeJS.ProcessEnv;
  /** Texts that are not current yet, by the setting's name: a rotation brings them to the Worker first. */
  instead?: Readonly<Record<string, string>>;
  signal?: AbortSignal | undefined;
}

export interface Pushed {
  /** The settings that were handed over, in order. */
  names: string[];
  /** The version that has them, for `next-version`. */
  version: string | undefined;
}

/**
 * Takes the Worker's secrets from Secrets Manager into the Worker. A deploy does so between `wrangler versions upload` and `wrangler versions
 * deploy`, with the target `next-version`, and deploys the version that comes back; for the first deploy, before there is a Worker,
 * `serving` makes one that has the secrets and nothing else. Throws `secret_missing` with all that lack, `secret_denied`, `secrets_unreachable`,
 * `secret_invalid` or `deploy_failed`.
 */
export async function pushWorkerSecrets(
  environment: CloudEnvironment,
  { target, source = openStore(environment), env = process.env, instead = {}, signal }: PushOptions,
): Promise<Pushed> {
  const secrets = { ...(await readWorkerSecrets(environment, source)), ...instead };
  signal?.throwIfAborted();
  mkdirSync(SCRATCH, { recursive: true });
  const folder = mkdtempSync(join(SCRATCH, 'secrets-'));
  try {
    const version = await secretBulk(secrets, { environment, target, folder, env, signal });
    return { names: Object.keys(secrets), version };
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
