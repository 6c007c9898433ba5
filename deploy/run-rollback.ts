import { NearcadeError } from '#shared/errors.ts';
import type { DeployContext } from './context.ts';
import { connect } from './migrations/connect.ts';
import { readHistory } from './migrations/history.ts';
import type { DeployLock } from './migrations/lock.ts';
import { runSteps, type Step } from './pipeline.ts';
import { lockIfPossibleStep } from './steps/database.ts';
import { smokeStep, versionOf } from './steps/roll-out.ts';
import { deployInAnyCase } from './wrangler/deployments.ts';
import { type KnownVersion, readServing, type Serving } from './wrangler/serving.ts';
import { ROLLED_BACK } from './wrangler/standing.ts';

/**
 * Gives all requests to an older version: the one that served before, or `wanted` (its id, the beginning of it, or its release). Also ends
 * a roll-out that was left half done. Needs Cloudflare alone: without the database it says what it could not look at. Throws
 * `deploy_refused` where going back cannot work.
 */
export async function runRollback(
  context: DeployContext,
  wanted: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  const held: { lock?: DeployLock } = {};
  const target: { version?: string } = {};
  const steps: Step[] = [
    lockIfPossibleStep(context, held),
    {
      name: 'the version to go back to',
      async run() {
        const serving = await readServing(context.environment, context.env);
        if (serving === undefined) throw new NearcadeError('deploy_refused', 'Nothing is deployed here.');
        const version = findTarget(serving, wanted);
        if (held.lock !== undefined) await requireItsDatabase(context, version);
        target.version = version.id;
        return `${version.id} (${version.release ?? 'no release'}, ${version.createdAt.toISOString()})`;
      },
    },
    {
      name: 'all requests to it',
      async run(signal) {
        const all = [{ version: versionOf(target), percentage: 100 }];
        await deployInAnyCase(context, all, ROLLED_BACK, signal);
        return 'route, cron, queue consumers and migrations stay as they are';
      },
    },
    smokeStep(context, target),
  ];
  try {
    await runSteps(steps, { ...context, signal });
  } finally {
    await held.lock?.close();
  }
}

function findTarget({ versions, before, shares }: Serving, wanted: string | undefined): KnownVersion {
  const last = before.find(before => versions.some(({ id }) => id === before));
  const matches =
    wanted === undefined
      ? versions.filter(({ id }) => id === last)
      : // The newest of a release that was uploaded again has the newest secrets.
        [
          ...versions.filter(({ id }) => id.startsWith(wanted)),
          ...versions.filter(({ release }) => release === wanted).slice(0, 1),
        ];
  const [version, another] = matches;
  if (version === undefined || another !== undefined) {
    const list = versions.map(({ id, release }) => `  ${id} ${release ?? ''}`).join('\n');
    const what =
      wanted === undefined
        ? 'No other version has served that nobody went back from: name one.'
        : `${matches.length} versions are "${wanted}".`;
    throw new NearcadeError('deploy_refused', `${what} There are:\n${list}`);
  }
  if (shares.length === 1 && shares[0]?.version === version.id) {
    throw new NearcadeError('deploy_refused', `${version.id} serves already.`);
  }
  return version;
}

/** An older version cannot do without what a contract migration has taken away since. */
async function requireItsDatabase({ secrets }: DeployContext, version: KnownVersion): Promise<void> {
  const client = await connect(await secrets.ownerUrl(), 'roll back');
  try {
    const history = await readHistory(client);
    const since = history.filter(
      ({ kind, appliedAt }) => kind === 'contract' && appliedAt > version.createdAt,
    );
    if (since.length === 0) return;
    throw new NearcadeError(
      'deploy_refused',
      `The database no longer has what ${version.release ?? version.id} needs: ${since.map(({ tag }) => tag).join(', ')} took it away. Deploy a newer release, or restore the database.`,
    );
  } finally {
    await client.end();
  }
}
