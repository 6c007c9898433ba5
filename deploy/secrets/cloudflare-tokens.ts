import { createHash } from 'node:crypto';
import { z } from 'zod';
import { requireOwnValues } from '#deploy/placeholders.ts';
import { NearcadeError } from '#shared/errors.ts';
import { checkValue } from './check-value.ts';
import { findSecret, type SecretsContext } from './context.ts';

/** developers.cloudflare.com/api */
const API = 'https://api.cloudflare.com/client/v4';

const TIMEOUT_MS = 30_000;

/** What the two may do, as Cloudflare calls it (developers.cloudflare.com/fundamentals/api/reference/permissions). */
const DNS = 'DNS Write';
const SAVES = 'Workers R2 Storage Bucket Item Write';

const groupsSchema = z.array(z.object({ id: z.string().min(1), name: z.string() }));
const tokenSchema = z.object({ id: z.string().min(1), value: z.string().min(1) });
const answerSchema = z.object({
  errors: z.array(z.object({ message: z.string() })).default([]),
  result: z.unknown(),
});

/**
 * Makes the Worker's two tokens at Cloudflare, one for its zone's records and one for its bucket of saves, straight into Secrets Manager. What is
 * there already stays; a token that cannot be put there is deleted. CLOUDFLARE_API_TOKEN has to be a user's, which may make tokens. Throws
 * `config_invalid`, `service_failed`, and what Secrets Manager refuses.
 */
export async function makeCloudflareTokens(context: SecretsContext): Promise<void> {
  const { environment, store, print } = context;
  requireOwnValues(environment);
  const { DNS_ZONE_ID: zone = '', SAVES_S3_BUCKET: bucket = '' } = environment.worker.vars;
  const saves = `com.cloudflare.edge.r2.bucket.${environment.cloudflare.accountId}_default_${bucket}`;
  const isThere = async (name: string) => (await store.describe(name))?.stages.has('current') === true;
  const put = async (called: string, text: string) => {
    const secret = findSecret(called);
    checkValue(secret, text);
    await store.put(secret.name, text, 'current');
    print(`${secret.name} is set`);
  };
  if (await isThere('worker/DNS_API_TOKEN')) print('worker/DNS_API_TOKEN is there already');
  else {
    const resource = `com.cloudflare.api.account.zone.${zone}`;
    const asked = { name: `nearcade-${environment.name}-dns`, resource, permission: DNS };
    await makeToken(context, asked, ({ value }) => put('worker/DNS_API_TOKEN', value));
  }
  if (await isThere('worker/SAVES_S3_SECRET_ACCESS_KEY')) {
    print('worker/SAVES_S3_SECRET_ACCESS_KEY is there already');
    return;
  }
  const asked = { name: `nearcade-${environment.name}-saves`, resource: saves, permission: SAVES };
  await makeToken(context, asked, async ({ id, value }) => {
    // R2 takes a token's id and its SHA-256 for S3's pair of keys (developers.cloudflare.com/r2/api/tokens). The key last: it says that both are there.
    await put('worker/SAVES_S3_ACCESS_KEY_ID', id);
    await put('worker/SAVES_S3_SECRET_ACCESS_KEY', createHash('sha256').update(value).digest('hex'));
  });
}

/** Makes a token and has it kept. What nobody keeps, nobody could use or find again: it is deleted. */
async function makeToken(
  context: SecretsContext,
  { name, resource, permission }: { name: string; resource: string; permission: string },
  keep: (token: z.infer<typeof tokenSchema>) => Promise<void>,
): Promise<void> {
  const groups = await ask(context, groupsSchema, 'GET', '/user/tokens/permission_groups');
  const group = groups.find(one => one.name === permission);
  if (group === undefined)
    throw new NearcadeError('service_failed', `Cloudflare has no permission "${permission}".`);
  const token = await ask(context, tokenSchema, 'POST', '/user/tokens', {
    name,
    policies: [{ effect: 'allow', resources: { [resource]: '*' }, permission_groups: [{ id: group.id }] }],
  });
  try {
    await keep(token);
  } catch (error) {
    const path = `/user/tokens/${encodeURIComponent(token.id)}`;
    await ask(context, z.unknown(), 'DELETE', path).catch(() =>
      context.print(`The token ${name} was made at Cloudflare and could not be kept: delete it there.`),
    );
    throw error;
  }
}

async function ask<T>(
  { env }: SecretsContext,
  schema: z.ZodType<T>,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body?: object,
): Promise<T> {
  const key = env.CLOUDFLARE_API_TOKEN;
  if (key === undefined || key === '')
    throw new NearcadeError('config_invalid', 'CLOUDFLARE_API_TOKEN is not set.');
  let answer: Response;
  try {
    answer = await fetch(`${env.CLOUDFLARE_API_BASE_URL ?? API}${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (cause) {
    throw new NearcadeError('service_failed', "Cloudflare's API cannot be reached.", { cause });
  }
  const told = answerSchema.safeParse(await answer.json().catch(() => undefined));
  const result = schema.safeParse(told.data?.result);
  if (answer.ok && result.success) return result.data;
  const why = told.data?.errors.map(({ message }) => message).join('; ');
  throw new NearcadeError(
    'service_failed',
    `Cloudflare's API says ${answer.status} to ${path}: ${why || 'nothing'}. The token has to be a user's, which may make tokens.`,
  );
}
