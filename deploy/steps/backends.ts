import { randomUUID } from 'node:crypto';
import { AwsV4Signer } from 'aws4fetch';
import { z } from 'zod';
import type { DeployContext } from '#deploy/context.ts';
import { signIn } from '#deploy/migrations/connect.ts';
import type { Step } from '#deploy/pipeline.ts';
import { parseSettings, type Settings } from '#edge/env.ts';
import { NearcadeError } from '#shared/errors.ts';

/** Milliseconds for one answer. */
const TIMEOUT_MS = 20_000;

/** Characters of a refusal that are told. */
const TOLD_MAX = 200;

/** What cannot be had by the settings, as one sentence; undefined when all is right. */
type Look = (settings: Settings, signal: AbortSignal) => Promise<string | undefined>;

/**
 * Tries what the Worker will be given, before anything is changed: the database, Redis and the store of saved games by the very secrets that are
 * uploaded later. Each is asked for what changes nothing. Mail and payments cannot be tried so: what would show that their keys may do what
 * the Worker does is a mail, or a payment. The token of the nodes' DNS is made by us (deploy/secrets/cloudflare-tokens.ts), not typed in.
 */
export function backendsCheck({ config, secrets }: DeployContext): Step {
  return {
    name: "what the Worker's secrets open: database, Redis, store of saved games",
    async run(signal) {
      const settings = parseSettings({ ...config.vars, ...(await secrets.worker()) });
      const wrong = await Promise.all(LOOKS.map(look => look(settings, signal)));
      signal.throwIfAborted();
      const told = wrong.filter(sentence => sentence !== undefined);
      if (told.length > 0) throw new NearcadeError('deploy_refused', told.join(' '));
      return undefined;
    },
  };
}

const LOOKS: readonly Look[] = [lookAtDatabase, lookAtRedis, lookAtSaves];

async function lookAtDatabase({ DATABASE_URL }: Settings): Promise<string | undefined> {
  try {
    await (await signIn(DATABASE_URL, 'nearcade deploy')).end();
    return undefined;
  } catch (error) {
    return `DATABASE_URL: ${reasonOf(error)}.`;
  }
}

const redisAnswerSchema = z.union([z.object({ result: z.int() }), z.object({ error: z.string() })]);

/** Takes away what is not there: Upstash has tokens that may only read, which a PING would not tell (upstash.com/docs/redis/features/restapi). */
async function lookAtRedis(settings: Settings, signal: AbortSignal): Promise<string | undefined> {
  const { UPSTASH_REDIS_REST_URL: url, UPSTASH_REDIS_REST_TOKEN: token } = settings;
  let text: string;
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(['DEL', `deploy-check:${randomUUID()}`]),
      signal: inTime(signal),
    });
    text = await answer.text();
  } catch (error) {
    return `UPSTASH_REDIS_REST_URL: ${url} cannot be reached (${reasonOf(error)}).`;
  }
  const answer = redisAnswerSchema.safeParse(parseJson(text));
  if (!answer.success) return `UPSTASH_REDIS_REST_URL: what answers at ${url} is no Redis of Upstash.`;
  if ('result' in answer.data) return undefined;
  const { error } = answer.data;
  return `UPSTASH_REDIS_REST_TOKEN: Redis at ${url} refuses it (${error.slice(0, TOLD_MAX)}).`;
}

/** Reads and deletes what is not there: any key that the Worker can work with may do both (docs.aws.amazon.com/AmazonS3, "Error responses"). */
async function lookAtSaves(settings: Settings, signal: AbortSignal): Promise<string | undefined> {
  const { SAVES_S3_ENDPOINT: endpoint, SAVES_S3_BUCKET: bucket } = settings;
  const url = `${endpoint}/${bucket}/deploy-check/${randomUUID()}`;
  for (const [method, right] of [
    ['GET', 'read'],
    ['DELETE', 'delete'],
  ] as const) {
    let answer: Response;
    let text: string;
    try {
      answer = await fetch(await signed(settings, method, url), { method, signal: inTime(signal) });
      text = await answer.text();
    } catch (error) {
      return `SAVES_S3_ENDPOINT: ${endpoint} cannot be reached (${reasonOf(error)}).`;
    }
    const code = /<Code>(\w+)<\/Code>/.exec(text)?.[1] ?? `status ${answer.status}`;
    if (answer.ok || code === 'NoSuchKey') continue;
    if (code === 'NoSuchBucket') return `SAVES_S3_BUCKET: ${endpoint} has no bucket ${bucket}.`;
    return `SAVES_S3_ACCESS_KEY_ID, SAVES_S3_SECRET_ACCESS_KEY: ${endpoint} does not let them ${right} in ${bucket} (${code}).`;
  }
  return undefined;
}

/** As the Worker signs (edge/store/objects.ts). */
async function signed(settings: Settings, method: string, url: string): Promise<URL> {
  const request = await new AwsV4Signer({
    method,
    url: `${url}?X-Amz-Expires=60`,
    accessKeyId: settings.SAVES_S3_ACCESS_KEY_ID,
    secretAccessKey: settings.SAVES_S3_SECRET_ACCESS_KEY,
    service: 's3',
    region: settings.SAVES_S3_REGION,
    signQuery: true,
  }).sign();
  return request.url;
}

const inTime = (signal: AbortSignal) => AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** fetch says "fetch failed", and why in its cause. */
function reasonOf(error: unknown): string {
  const cause = error instanceof TypeError && error.cause instanceof Error ? error.cause : error;
  return (cause instanceof Error ? cause.message : String(cause)).replace(/\.$/, '');
}
