import { deployer } from '#deploy/commit.ts';
import { takeDeployLock } from '#deploy/migrations/lock.ts';
import type { SecretsContext } from './context.ts';

/**
 * Changes the Worker's secrets when no deploy is under way: one that has read the old ones would bring them back. Throws `deploy_locked`, or
 * `service_failed` when the database cannot be reached.
 */
export async function withDeployLock<T>(
  { store, print }: SecretsContext,
  what: string,
  run: () => Promise<T>,
): Promise<T> {
  const lock = await takeDeployLock({
    url: await store.read('deploy/database-owner-url'),
    holder: `${what} by ${deployer()}`,
    onWait: holder => print(`Waiting for ${holder} ...`),
  });
  try {
    return await run();
  } finally {
    await lock.close();
  }
}
