import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { CloudEnvironment } from '#deploy/environment.ts';
import { secretBulk } from '#deploy/wrangler/secret-bulk.ts';
import { readServing } from '#deploy/wrangler/serving.ts';
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
 * `secrets_unreachable`, `secret_invalid`, `deploy_refused` while the newest version is not what serves, or `deploy_failed`.
 */
export async function pushWorkerSecrets(
  environment: CloudEnvironment,
  { source = openStore(environment), env = process.env, instead = {}, signal }: PushOptions,
): Promise<string[]> {
  const secrets = { ...(await readWorkerSecrets(environment, source)), ...instead };
  signal?.throwIfAborted();
  await requireNewestServes(environment, env);
  mkdirSync(SCRATCH, { recursive: true });
  const folder = mkdtempSync(join(SCRATCH, 'secrets-'));
  try {
    const compiled = { NODE_COMPILE_CACHE: join(SCRATCH, 'compiled'), ...env };
    await secretBulk(secrets, { environment, folder, env: compiled, signal });
    return Object.keys(secrets);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Cloudflare makes the version with the new secrets of the newest one, whatever serves, and so refuses where these are two. */
async function requireNewestServes(environment: CloudEnvironment, env: NodeJS.ProcessEnv): Promise<void> {
  const serving = await readServing(environment, env);
  const refuse = (why: string) => {
    throw new NearcadeError('deploy_refused', why);
  };
  if (serving === undefined) return refuse('Nothing is deployed: the first deploy takes the secrets along.');
  const { shares, versions } = serving;
  const [share, another] = shares;
  if (another !== undefined) {
    return refuse(
      `A roll-out is under way or was left half done: wait for it, or npm run deploy -- --env ${environment.name} --rollback.`,
    );
  }
  const [newest] = versions;
  if (newest === undefined || newest.id === share?.version) return;
  const nameOf = (version: string | undefined) =>
    versions.find(({ id }) => id === version)?.release ?? version;
  refuse(
    `Cloudflare changes no secrets while the newest version (${nameOf(newest.id)}) is not the one that serves (${nameOf(share?.version)}), as after a deploy that was taken back or a roll-back. Deploy the release that serves anew, then do this again: docs/runbook/rotate-a-secret.md.`,
  );
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
