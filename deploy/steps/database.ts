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
import { NearcadeError } from '#shared/errors.ts';

/** Longer than a request may go on in a Worker that was replaced (developers.cloudflare.com/workers/platform/limits: 30 s). */
const LAST_REQUESTS_MS = 35_000;

/** One deploy at a time. `held` has the lock, for who lets it go in the end. */
export function lockStep(
  { release, secrets, progress, lockWaitMs: waitMs }: DeployContext,
  held: { lock?: DeployLock },
): Step {
  return {
    name: 'one deploy at a time',
    async run() {
      held.lock = await takeDeployLock({
        url: await secrets.ownerUrl(),
        holder: `deploy ${release.version} by ${deployer()}`,
        ...(waitMs === undefined ? {} : { waitMs }),
        onWait: holder => progress(`  waiting for ${holder}`),
      });
      return undefined;
    },
  };
}

/**
 * The same for who goes back: a database or Secrets Manager that is away may be the very reason to, so that it goes on without them. Throws
 * `deploy_locked` when another deploy has the lock.
 */
export function lockIfPossibleStep(context: DeployContext, held: { lock?: DeployLock }): Step {
  const step = lockStep(context, held);
  return {
    ...step,
    async run(signal) {
      try {
        return await step.run(signal);
      } catch (error) {
        if (error instanceof NearcadeError && error.code === 'deploy_locked') throw error;
        const reason = error instanceof Error ? error.message : String(error);
        return `NO LOCK, and no look at what contract migrations have taken away: ${reason} See that nobody deploys meanwhile.`;
      }
    },
  };
}

/** What an older Worker can live with. */
export function expandStep(context: DeployContext, knownHere: boolean): Step {
  let plan: Plan | undefined;
  return {
    name: 'migrations that the Worker that serves can live with',
    async run(signal) {
      plan = await migrate({ ...(await optionsOf(context, 'expand', signal)), knownHere });
      return told(plan);
    },
    stays: () =>
      plan === undefined || plan.now.length === 0
        ? undefined
        : `the migrations ${tags(plan.now)}, which an older Worker can live with`,
  };
}

/** The same, rolled back. */
export function rehearsalStep(context: DeployContext, knownHere: boolean): Step {
  return {
    name: 'migrations, in a transaction that is rolled back',
    async run(signal) {
      return told(await tryMigrations({ ...(await optionsOf(context, 'expand', signal)), knownHere }));
    },
  };
}

/** What only an older Worker needs is taken away, when none serves any more. */
export function contractStep(context: DeployContext, knownHere: boolean): Step {
  return {
    name: 'migrations that wait until the older Worker is gone',
    async run(signal) {
      await Promise.race([
        context.sleep(LAST_REQUESTS_MS),
        delay(LAST_REQUESTS_MS, undefined, { signal, ref: false }),
      ]);
      const plan = await migrate({ ...(await optionsOf(context, 'contract', signal)), knownHere });
      if (plan.now.length === 0) return 'none waits';
      return `${told(plan)}; from now on there is no way back to an older version`;
    },
  };
}

async function optionsOf(
  { release, secrets, progress, migrations }: DeployContext,
  phase: Phase,
  signal: AbortSignal,
): Promise<MigrateOptions> {
  const url = await secrets.ownerUrl();
  const options = { url, release: release.version, phase, progress, signal };
  return migrations === undefined ? options : { ...options, migrations };
}

const tags = (migrations: Plan['now']) => migrations.map(({ tag }) => tag).join(', ');

function told({ now, later }: Plan): string {
  const waits = later.length === 0 ? '' : `; ${tags(later)} wait for --contract`;
  return (now.length === 0 ? 'the database has them all' : `${now.length} in all`) + waits;
}
