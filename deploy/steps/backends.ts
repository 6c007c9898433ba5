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

/** What came of trying one of them, as one sentence; undefined when all is right. */
type Look = { refused: string } | { away: string } | undefined;

/**
 * Tries what the Worker will be given, before anything is changed: the database, Redis and the store of saved games by the very secrets that are
 * uploaded later. Each is asked for what changes nothing. Throws `deploy_refused` for what does not let us in, and without a database, which the
 * migrations need. That Redis or the store is away or throttles is told and stops nothing: it may be what this deploy is to help against, and
 * the smoke test compares with what serves. Mail and payments cannot be tried so: what would show that their keys may do what
 * the Worker does is a mail, or a payment. The token of the nodes' DNS is made by us (deploy/secrets/cloudflare-tokens.ts), not typed in.
 */
export function backendsCheck({ config, secrets }: DeployContext): Step {
  return {
    name: "what the Worker's secrets open: database, Redis, store of saved games",
    async run(signal) {
      const settings = parseSettings({ ...config.vars, ...(await secrets.worker()) });
      const looks = await Promise.all([
        lookAtDatabase(settings),
        lookAtRedis(settings, signal),
        lookAtSaves(settings, signal),
      ]);
      signal.throwIfAborted();
      const found = looks.filter(look => look !== undefined);
      const refused = found.flatMap(look => ('refused' in look ? look.refused : []));
      if (refused.length > 0) throw new NearcadeError('deploy_refused', refused.join(' '));
      const away = found.flatMap(look => ('away' in look ? look.away : []));
      return away.length === 0 ? undefined : `COULD NOT BE TRIED: ${away.join(' ')}`;
    },
  };
}

async function lookAtDatabase({ DATABASE_URL }: Settings): Promise<Look> {
  try {
    await (await signIn(DATABASE_URL, 'nearcade deploy')).end();
    return undefined;
  } catch (error) {
    return { refused: `DATABASE_URL: ${reasonOf(error)}.` };
  }
}

/** Not ours to mend: the other side's own trouble, or too many requests (RFC 6585; S3's SlowDown is a 503). */
const isAway = ({ status }: Response) => status === 429 || status >= 500;

/** How Redis says that it does not let somebody in, or not do this (redis.io/docs, ACL), and Upstash of a token that it does not know. */
const NOT_LET_IN = /^(WRONGPASS|NOAUTH|NOPERM)\b|unauthorized/i;

type RedisSettings = Pick<Settings, 'UPSTASH_REDIS_REST_URL' | 'UPSTASH_REDIS_REST_TOKEN'>;
const redisAnswerSchema = z.union([z.object({ result: z.int() }), z.object({ error: z.string() })]);

/** Takes away what is not there: Upstash has tokens that may only read, which a PING would not tell (upstash.com/docs/redis/features/restapi). */
export async function lookAtRedis(settings: RedisSettings, signal: AbortSignal): Promise<Look> {
  const { UPSTASH_REDIS_REST_URL: url, UPSTASH_REDIS_REST_TOKEN: token } = settings;
  let answer: Response;
  let text: string;
  try {
    answer = await fetch(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(['DEL', `deploy-check:${randomUUID()}`]),
      signal: inTime(signal),
    });
    text = await answer.text();
  } catch (error) {
    return { away: `UPSTASH_REDIS_REST_URL: ${url} cannot be reached (${reasonOf(error)}).` };
  }
  const said = redisAnswerSchema.safeParse(parseJson(text));
  if (!said.success) {
    if (isAway(answer)) return { away: `UPSTASH_REDIS_REST_URL: ${url} answers ${answer.status}.` };
    return { refused: `UPSTASH_REDIS_REST_URL: what answers at ${url} is no Redis of Upstash.` };
  }
  if ('result' in said.data) return undefined;
  const why = said.data.error.slice(0, TOLD_MAX);
  if (answer.status === 401 || answer.status === 403 || NOT_LET_IN.test(why))
    return { refused: `UPSTASH_REDIS_REST_TOKEN: Redis at ${url} refuses it (${why}).` };
  // Such as the end of a month's budget, in Upstash's own words.
  return { away: `UPSTASH_REDIS_REST_URL: Redis at ${url} does not work now (${why}).` };
}

type SavesSettings = Pick<Settings, Extract<keyof Settings, `SAVES_S3_${string}`>>;

/** Reads and deletes what is not there: any key that the Worker can work with may do both (docs.aws.amazon.com/AmazonS3, "Error responses"). */
export async function lookAtSaves(settings: SavesSettings, signal: AbortSignal): Promise<Look> {
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
      return { away: `SAVES_S3_ENDPOINT: ${endpoint} cannot be reached (${reasonOf(error)}).` };
    }
    const code = /<Code>(\w+)<\/Code>/.exec(text)?.[1] ?? `status ${answer.status}`;
    if (answer.ok || code === 'NoSuchKey') continue;
    if (isAway(answer)) return { away: `SAVES_S3_ENDPOINT: ${endpoint} does not work now (${code}).` };
    if (code === 'NoSuchBucket') return { refused: `SAVES_S3_BUCKET: ${endpoint} has no bucket ${bucket}.` };
    return {
      refused: `SAVES_S3_ACCESS_KEY_ID, SAVES_S3_SECRET_ACCESS_KEY: ${endpoint} does not let them ${right} in ${bucket} (${code}).`,
    };
  }
  return undefined;
}

/** As the Worker signs (edge/store/objects.ts). */
async function signed(settings: SavesSettings, method: string, url: string): Promise<URL> {
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
