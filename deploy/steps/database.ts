import { setTimeout as delay } from 'node:timers/promises';
import { deployer } from '#deploy/commit.ts';
import type { DeployContext } from '#deploy/context.ts';
import { type DeployLock, takeDeployLock } from '#deploy/migrations/lock.ts';
import {
  type MigrateOptions,
  migrate,
  type Phase,
  type Plan,
  tryMigrations,
} from '#deploy/migrations/migrate.ts';
import type { Step } from '#deploy/pipeline.ts';

/** Longer than a request may go on in a Worker that was replaced (developers.cloudflare.com/workers/platform/limits: 30 s). */
const LAST_REQUESTS_MS = 35_000;

/** One deploy at a time. `held` has the lock, for who lets it go in the end. */
export function lockStep({ release, secrets, progress }: DeployContext, held: { lock?: DeployLock }): Step {
  return {
    name: 'one deploy at a time',
    async run() {
      held.lock = await takeDeployLock({
        url: await secrets.ownerUrl(),
        holder: `deploy ${release.version} by ${deployer()}`,
        onWait: holder => progress(`  waiting for ${holder}`),
      });
      return undefined;
    },
  };
}

/** What an older Worker can live with. */
export function expandStep(context: DeployContext): Step {
  let plan: Plan | undefined;
  return {
    name: 'migrations that the Worker that serves can live with',
    async run(signal) {
      plan = await migrate(await optionsOf(context, 'expand', signal));
      return told(plan);
    },
    stays: () =>
      plan === undefined || plan.now.length === 0
        ? undefined
        : `the migrations ${tags(plan.now)}, which an older Worker can live with`,
  };
}

/** The same, rolled back. */
export function rehearsalStep(context: DeployContext): Step {
  return {
    name: 'migrations, in a transaction that is rolled back',
    async run(signal) {
      return told(await tryMigrations(await optionsOf(context, 'expand', signal)));
    },
  };
}

/** What only an older Worker needs is taken away, when none serves any more. */
export function contractStep(context: DeployContext): Step {
  return {
    name: 'migrations that wait until the older Worker is gone',
    async run(signal) {
      await Promise.race([
        context.sleep(LAST_REQUESTS_MS),
        delay(LAST_REQUESTS_MS, undefined, { signal, ref: false }),
      ]);
      const plan = await migrate(await optionsOf(context, 'contract', signal));
      if (plan.now.length === 0) return 'none waits';
      return `${told(plan)}; from now on there is no way back to an older version`;
    },
  };
}

async function optionsOf(
  { release, secrets, progress }: DeployContext,
  phase: Phase,
  signal: AbortSignal,
): Promise<MigrateOptions> {
  return { url: await secrets.ownerUrl(), release: release.version, phase, progress, signal };
}

const tags = (migrations: Plan['now']) => migrations.map(({ tag }) => tag).join(', ');

function told({ now, later }: Plan): string {
  const waits = later.length === 0 ? '' : `; ${tags(later)} wait for --contract`;
  return (now.length === 0 ? 'the database has them all' : `${now.length} in all`) + waits;
}
