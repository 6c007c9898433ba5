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

/** What deployments are called that only try whether going back would work: nobody went back, so that none of them says so (standing.ts). */
const TRIED = 'tried before going back to it';
const NOT_TAKEN = 'not gone back';

/**
 * Gives all requests to an older version: the one that served before, or `wanted` (its id, the beginning of it, or its release), after a smoke
 * test of it while nobody else is served by it; when that fails, what serves stays. Also ends a roll-out that was left half done: there is no room
 * for a third version then, and the smoke test comes last. Needs Cloudflare alone: without the database it says what it could not look at.
 * Throws `deploy_refused` where going back cannot work.
 */
export async function runRollback(
  context: DeployContext,
  wanted: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  const held: { lock?: DeployLock } = {};
  const options = { ...context, signal };
  const target: { version?: string; now?: string } = {};
  try {
    await runSteps(
      [
        lockIfPossibleStep(context, held),
        {
          name: 'the version to go back to',
          async run() {
            const serving = await readServing(context.environment, context.env);
            if (serving === undefined) throw new NearcadeError('deploy_refused', 'Nothing is deployed here.');
            const version = findTarget(serving, wanted);
            if (held.lock !== undefined) await requireItsDatabase(context, version);
            target.version = version.id;
            const [share, another] = serving.shares;
            if (share !== undefined && another === undefined) target.now = share.version;
            return `${version.id} (${version.release ?? 'no release'}, ${version.createdAt.toISOString()})`;
          },
        },
      ],
      options,
    );
    const { now } = target;
    const smoke = smokeStep(context, target, now);
    const all = allStep(context, versionOf(target));
    await runSteps(
      now === undefined ? [all, smoke] : [offerStep(context, versionOf(target), now), smoke, all],
      options,
    );
  } finally {
    await held.lock?.close();
  }
}

function offerStep(context: DeployContext, version: string, now: string): Step {
  return {
    name: '0% of requests: that version for who asks for it',
    async run(signal) {
      const shares = [
        { version: now, percentage: 100 },
        { version, percentage: 0 },
      ];
      await deployInAnyCase(context, shares, TRIED, signal);
      return undefined;
    },
    async undo() {
      await deployInAnyCase(context, [{ version: now, percentage: 100 }], NOT_TAKEN);
      return `version ${now} has all requests, as before`;
    },
  };
}

function allStep(context: DeployContext, version: string): Step {
  return {
    name: 'all requests to it',
    async run(signal) {
      await deployInAnyCase(context, [{ version, percentage: 100 }], ROLLED_BACK, signal);
      return 'route, cron, queue consumers and migrations stay as they are';
    },
  };
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
        ? 'Of the last ten deployments no other version has served that nobody went back from: name one.'
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
