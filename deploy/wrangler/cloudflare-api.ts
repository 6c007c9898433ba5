import { z } from 'zod';
import { NearcadeError } from '#shared/errors.ts';

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

export interface Ask {
  /** Default: GET. */
  method?: 'POST';
  /** For JSON. */
  body?: object;
  signal?: AbortSignal | undefined;
}

/**
 * What Cloudflare's API answers, for what wrangler does not tell or do. Undefined: there is no such Worker. Throws `deploy_failed`, or
 * `config_invalid` without a token.
 */
export async function askCloudflare(
  env: NodeJS.ProcessEnv,
  path: string,
  { method, body, signal }: Ask = {},
): Promise<unknown> {
  const token = env.CLOUDFLARE_API_TOKEN;
  if (token === undefined || token === '') {
    throw new NearcadeError(
      'config_invalid',
      'CLOUDFLARE_API_TOKEN is not set: see docs/runbook/first-deploy.md.',
    );
  }
  const url = `${env.CLOUDFLARE_API_BASE_URL ?? API}${path}`;
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const headers = { authorization: `Bearer ${token}` };
  let answer: Response;
  try {
    answer = await fetch(url, {
      ...(body === undefined
        ? { headers }
        : { headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      ...(method === undefined ? {} : { method }),
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    });
  } catch (cause) {
    throw new NearcadeError('deploy_failed', "Cloudflare's API cannot be reached.", { cause });
  }
  const said = envelopeSchema.safeParse(await answer.json().catch(() => undefined));
  if (said.success && said.data.success) return said.data.result;
  const errors = said.success ? said.data.errors : [];
  if (errors.some(({ code }) => NO_WORKER.has(code))) return undefined;
  const reason = errors.map(({ code, message }) => `${message} (${code})`).join('; ');
  throw new NearcadeError('deploy_failed', `Cloudflare's API says ${answer.status} to ${path}: ${reason}`);
}
