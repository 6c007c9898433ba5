import { z } from 'zod';
import type { CloudEnvironment } from '#deploy/environment.ts';
import { askCloudflare } from './cloudflare-api.ts';
import { releasesOf } from './releases.ts';
import { goodVersions } from './standing.ts';

const serviceSchema = z.object({
  default_environment: z.object({ script: z.object({ migration_tag: z.string().nullish() }) }),
});
const deploymentsSchema = z.object({
  deployments: z.array(
    z.object({
      created_on: z.string(),
      annotations: z.record(z.string(), z.string()).nullish(),
      versions: z.array(z.object({ version_id: z.string(), percentage: z.number() })),
    }),
  ),
});
const versionsSchema = z.object({
  items: z.array(
    z.object({
      id: z.string(),
      metadata: z.object({ created_on: z.string() }),
      annotations: z.record(z.string(), z.string()).nullish(),
    }),
  ),
});

export interface Share {
  version: string;
  percentage: number;
}

export interface KnownVersion {
  id: string;
  /** Of its code: a version that was made by changing secrets is of the release whose secrets they were. */
  release: string | undefined;
  createdAt: Date;
}

export interface Serving {
  /** Tag of the last Durable Object migration, undefined where there was none. */
  migrationTag: string | undefined;
  /** How requests are shared out now; one entry unless a roll-out is under way. */
  shares: readonly Share[];
  /**
   * What one can go back to, the last first: it served alone, and nobody has gone back from it since. Without what serves alone now, and
   * without the same release with other secrets. Of the last ten deployments, which are all that Cloudflare lists: after several deploys that failed
   * there may be none.
   */
  before: readonly string[];
  /** Newest first; the last hundred, as Cloudflare lists them. */
  versions: readonly KnownVersion[];
}

/**
 * What serves an environment, asked of Cloudflare's API (developers.cloudflare.com/api, Workers): wrangler tells neither the Durable Object
 * migration nor whether there is a Worker at all. Undefined: there is none yet. Throws `deploy_failed`.
 */
export async function readServing(
  { worker, cloudflare }: CloudEnvironment,
  env: NodeJS.ProcessEnv,
): Promise<Serving | undefined> {
  const account = `/accounts/${cloudflare.accountId}/workers`;
  const service = await askCloudflare(env, `${account}/services/${worker.name}`);
  if (service === undefined) return undefined;
  const scripts = `${account}/scripts/${worker.name}`;
  const { deployments } = deploymentsSchema.parse(await askCloudflare(env, `${scripts}/deployments`));
  const { items } = versionsSchema.parse(await askCloudflare(env, `${scripts}/versions?deployable=true`));
  const past = deployments.map(({ annotations, versions }) => ({
    message: annotations?.['workers/message'] ?? '',
    shares: versions.map(({ version_id: version, percentage }) => ({ version, percentage })),
  }));
  const releases = releasesOf(items);
  const versions = items.map(({ id, metadata }) => ({
    id,
    release: releases.get(id),
    createdAt: new Date(metadata.created_on),
  }));
  const shares = past[0]?.shares ?? [];
  const now = shares.length === 1 ? shares[0]?.version : undefined;
  const release = releases.get(now ?? '');
  const age = (version: string) => {
    const place = versions.findIndex(({ id }) => id === version);
    return place === -1 ? versions.length : place;
  };
  const isNow = (version: string) =>
    version === now || (release !== undefined && releases.get(version) === release);
  return {
    migrationTag: serviceSchema.parse(service).default_environment.script.migration_tag ?? undefined,
    shares,
    before: goodVersions(past, age)
      .toReversed()
      .filter(version => !isNow(version)),
    versions,
  };
}
