import { z } from 'zod';
import type { CloudEnvironment } from '#deploy/environment.ts';
import { NearcadeError } from '#shared/errors.ts';
import { goodVersions } from './standing.ts';

const API = 'https://api.cloudflare.com/client/v4';

/** Milliseconds for one answer of Cloudflare's API. */
const TIMEOUT_MS = 30_000;

/** "This Worker does not exist", as the API says it of scripts and of services. */
const NO_WORKER = new Set([10007, 10090, 10092]);

const envelopeSchema = z.object({
  success: z.boolean(),
  errors: z.array(z.object({ code: z.number(), message: z.string() })).default([]),
  result: z.unknown(),
});
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
  /** The release that it was uploaded as. */
  tag: string | undefined;
  createdAt: Date;
}

export interface Serving {
  /** Tag of the last Durable Object migration, undefined where there was none. */
  migrationTag: string | undefined;
  /** How requests are shared out now; one entry unless a roll-out is under way. */
  shares: readonly Share[];
  /**
   * What one can go back to, the last first: it served alone, and nobody has gone back from it since. Without what serves alone now, and
   * without the same release with other secrets.
   */
  before: readonly string[];
  /** Newest first; the last ten that Cloudflare lists. */
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
  const service = await ask(env, `${account}/services/${worker.name}`);
  if (service === undefined) return undefined;
  const scripts = `${account}/scripts/${worker.name}`;
  const { deployments } = deploymentsSchema.parse(await ask(env, `${scripts}/deployments`));
  const { items } = versionsSchema.parse(await ask(env, `${scripts}/versions?deployable=true`));
  const past = deployments.map(({ annotations, versions }) => ({
    message: annotations?.['workers/message'] ?? '',
    shares: versions.map(({ version_id: version, percentage }) => ({ version, percentage })),
  }));
  const versions = items.map(({ id, metadata, annotations }) => ({
    id,
    tag: annotations?.['workers/tag'],
    createdAt: new Date(metadata.created_on),
  }));
  const shares = past[0]?.shares ?? [];
  const now = shares.length === 1 ? shares[0]?.version : undefined;
  const tagOf = (version: string | undefined) => versions.find(({ id }) => id === version)?.tag;
  const age = (version: string) => {
    const place = versions.findIndex(({ id }) => id === version);
    return place === -1 ? versions.length : place;
  };
  const isNow = (version: string) =>
    version === now || (tagOf(now) !== undefined && tagOf(version) === tagOf(now));
  return {
    migrationTag: serviceSchema.parse(service).default_environment.script.migration_tag ?? undefined,
    shares,
    before: goodVersions(past, age)
      .toReversed()
      .filter(version => !isNow(version)),
    versions,
  };
}

/** Undefined: there is no such Worker. */
async function ask(env: NodeJS.ProcessEnv, path: string): Promise<unknown> {
  const token = env.CLOUDFLARE_API_TOKEN;
  if (token === undefined || token === '') {
    throw new NearcadeError(
      'config_invalid',
      'CLOUDFLARE_API_TOKEN is not set: see docs/runbook/first-deploy.md.',
    );
  }
  const url = `${env.CLOUDFLARE_API_BASE_URL ?? API}${path}`;
  let answer: Response;
  try {
    answer = await fetch(url, {
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (cause) {
    throw new NearcadeError('deploy_failed', "Cloudflare's API cannot be reached.", { cause });
  }
  const body = envelopeSchema.safeParse(await answer.json().catch(() => undefined));
  if (body.success && body.data.success) return body.data.result;
  const errors = body.success ? body.data.errors : [];
  if (errors.some(({ code }) => NO_WORKER.has(code))) return undefined;
  const reason = errors.map(({ code, message }) => `${message} (${code})`).join('; ');
  throw new NearcadeError('deploy_failed', `Cloudflare's API says ${answer.status} to ${path}: ${reason}`);
}
