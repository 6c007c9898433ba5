import { join } from 'node:path';
import type { DeployContext } from '#deploy/context.ts';
import type { Step } from '#deploy/pipeline.ts';
import { smokeTest } from '#deploy/smoke/smoke-test.ts';
import { watch } from '#deploy/smoke/watch.ts';
import { deployInAnyCase, shareOut } from '#deploy/wrangler/deployments.ts';
import { withSecretsPipe } from '#deploy/wrangler/secrets-pipe.ts';
import { backFrom } from '#deploy/wrangler/standing.ts';
import { NearcadeError } from '#shared/errors.ts';
import { bundlePath } from './check.ts';

/** Percent of the requests that go to the new version, one after the other, each watched. */
const SHARES = [10, 50, 100] as const;

/** What of it was uploaded, known from the step that did it. */
export interface Uploaded {
  version?: string;
}

/** Uploads a version that nobody is served by, with its secrets: they belong to the version, and go back with it. */
export function uploadStep(context: DeployContext, uploaded: Uploaded): Step {
  return {
    name: 'upload',
    async run(signal) {
      uploaded.version = await withSecrets(context, file =>
        context.wrangler.upload(['versions', 'upload', ...uploadArguments(context, file)], signal),
      );
      return `version ${uploaded.version}`;
    },
    stays: () =>
      uploaded.version === undefined ? undefined : `version ${uploaded.version}, which serves nobody`,
  };
}

/**
 * Uploads and deploys in one: the first version there is, or one whose Durable Object migration cannot be shared out
 * (developers.cloudflare.com/workers/versions-and-deployments/gradual-deployments).
 */
export function deployStep(context: DeployContext, uploaded: Uploaded, isFirst: boolean): Step {
  return {
    name: isFirst
      ? 'the first version, for all requests'
      : 'a Durable Object migration, for all requests at once',
    async run(signal) {
      uploaded.version = await withSecrets(context, file =>
        context.wrangler.upload(['deploy', ...uploadArguments(context, file)], signal),
      );
      return `version ${uploaded.version}`;
    },
    stays: () => {
      if (isFirst) return 'the first version, if it has arrived: there is none to go back to';
      return 'the new version, if it has arrived: Cloudflare goes back over no Durable Object migration. Deploy one that works.';
    },
  };
}

/** The new version is a part of the deployment and gets no request but those that ask for it. Taken back, the old one has all. */
export function offerStep(context: DeployContext, uploaded: Uploaded, old: string): Step {
  return {
    name: '0% of requests: the new version for who asks for it',
    async run(signal) {
      await share(context, old, versionOf(uploaded), 0, signal);
      return undefined;
    },
    async undo() {
      const all = [{ version: old, percentage: 100 }];
      await deployInAnyCase(context, all, backFrom(context.release.version));
      return `version ${old} has all requests again`;
    },
  };
}

/** `old`: what serves all requests meanwhile, if anything does. */
export function smokeStep({ visitor, sleep }: DeployContext, uploaded: Uploaded, old?: string): Step {
  return {
    name: 'smoke test of that version',
    run: signal => {
      const version = versionOf(uploaded);
      const other = old === undefined ? undefined : visitor(old);
      return smokeTest({ visitor: visitor(version), other, version, sleep, signal });
    },
  };
}

/** Ever more requests, watched; the last share is all of them. */
export function shareSteps(context: DeployContext, uploaded: Uploaded, old: string): Step[] {
  const { visitor, sleep, watchSeconds: seconds } = context;
  return SHARES.map(percentage => ({
    name: `${percentage}% of requests`,
    async run(signal) {
      const version = versionOf(uploaded);
      await share(context, old, version, percentage, signal);
      return watch({ visitor: visitor(version), other: visitor(old), seconds, sleep, signal });
    },
  }));
}

/** Routes, cron and queue consumers, which belong to no version: after all requests have the new one. */
export function triggersStep({ wrangler }: DeployContext): Step {
  return {
    name: 'route, cron and queue consumers',
    async run(signal) {
      await wrangler.run(['triggers', 'deploy'], signal);
      return undefined;
    },
    stays: () =>
      'route, cron and queue consumers as far as they were changed: deploy an older release to change them back',
  };
}

async function share(
  context: DeployContext,
  old: string,
  version: string,
  percentage: number,
  signal: AbortSignal,
): Promise<void> {
  const rest = percentage === 100 ? [] : [{ version: old, percentage: 100 - percentage }];
  const shares = [...rest, { version, percentage }];
  await shareOut(context, shares, `${context.release.version}: ${percentage}%`, signal);
}

/** Throws `deploy_failed` before it is known. */
export function versionOf({ version }: Uploaded): string {
  if (version === undefined) throw new NearcadeError('deploy_failed', 'No version was uploaded.');
  return version;
}

/** Characters of what is said of a version; Cloudflare takes 100. */
const MESSAGE_MAX = 100;

function uploadArguments(context: DeployContext, secretsFile: string): string[] {
  const { release } = context;
  return [
    ...[bundlePath(context), '--no-bundle'],
    ...['--secrets-file', secretsFile],
    ...['--tag', release.version],
    ...['--message', release.subject.slice(0, MESSAGE_MAX)],
  ];
}

/** With a path that wrangler reads the Worker's secrets from. */
async function withSecrets<T>(context: DeployContext, run: (file: string) => Promise<T>): Promise<T> {
  return withSecretsPipe(join(context.folder, 'secrets'), await context.secrets.worker(), run);
}
