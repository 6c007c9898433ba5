import type { DeployContext } from '#deploy/context.ts';
import { NearcadeError } from '#shared/errors.ts';
import { askCloudflare } from './cloudflare-api.ts';
import type { Share } from './serving.ts';

/**
 * "A secret has changed since": what Cloudflare says to a deployment of an older version, unless it is told to do it all the same
 * (developers.cloudflare.com/api, Workers, Deployments, Create: `force`). Of wrangler's commands `rollback` alone knows it.
 */
const SECRET_CHANGED = '[code: 10220]';

type Context = Pick<DeployContext, 'environment' | 'env' | 'wrangler'>;

/** Shares requests out as a deploy does on its way up, also between versions of which each has its own secrets. Throws `deploy_failed`. */
export async function shareOut(
  context: Context,
  shares: readonly Share[],
  message: string,
  signal: AbortSignal,
): Promise<void> {
  const list = shares.map(({ version, percentage }) => `${version}@${percentage}`);
  try {
    await context.wrangler.run(['versions', 'deploy', ...list, '--yes', '--message', message], signal);
  } catch (error) {
    if (!(error instanceof NearcadeError) || !error.message.includes(SECRET_CHANGED)) throw error;
    await deployInAnyCase(context, shares, message, signal);
  }
}

/** The same where an older version comes back, with the secrets that it was made with, whatever has been changed since. Throws `deploy_failed`. */
export async function deployInAnyCase(
  { environment, env }: Context,
  shares: readonly Share[],
  message: string,
  signal?: AbortSignal,
): Promise<void> {
  const { worker, cloudflare } = environment;
  const path = `/accounts/${cloudflare.accountId}/workers/scripts/${worker.name}/deployments?force=true`;
  const body = {
    strategy: 'percentage',
    versions: shares.map(({ version: version_id, percentage }) => ({ version_id, percentage })),
    annotations: { 'workers/message': message },
  };
  const made = await askCloudflare(env, path, { method: 'POST', body, signal });
  if (made === undefined) throw new NearcadeError('deploy_failed', `Cloudflare has no ${worker.name}.`);
}
