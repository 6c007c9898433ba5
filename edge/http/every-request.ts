import type { Context, MiddlewareHandler, Next } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { secureHeaders } from 'hono/secure-headers';
import { refuseOldClients } from '#edge/admin/platform/entry.ts';
import { openServices, servicesNow } from '#edge/services.ts';
import { CLIENT_HEADER } from '#shared/client-version.ts';
import { NearcadeError } from '#shared/errors.ts';
import { API_MAX_BYTES, NODE_API_MAX_BYTES } from '#shared/limits.ts';
import { isAnswerWhole } from './answer.ts';
import type { AppEnv } from './context.ts';
import { answerError } from './errors.ts';
import { log, loggedAs } from './log.ts';
import { comesFromOtherSite } from './same-site.ts';

/** As a client may send it to find its request in our log; anything else is none (Hono's `requestId` takes the same). */
const REQUEST_ID = /^[\w\-=]{1,255}$/;

/**
 * What every request goes through, and its answer: a request id, a log line, bounds on its body, the services, who may call at all, and
 * strict headers. One middleware, since each costs every request some.
 */
export const everyRequest: MiddlewareHandler<AppEnv> = (c, next) => {
  const asked = c.req.header('x-request-id');
  const requestId = asked !== undefined && REQUEST_ID.test(asked) ? asked : crypto.randomUUID();
  c.set('requestId', requestId);
  return loggedAs(requestId, () => handle(c, next));
};

async function handle(c: Context<AppEnv>, next: Next): Promise<void> {
  const startedAt = Date.now();
  const { method } = c.req;
  const isRead = method === 'GET' || method === 'HEAD';
  try {
    if (isRead) await enter(c, next);
    else await (c.req.path.startsWith('/node/') ? limitNodes : limitPlayers)(c, () => enter(c, next));
  } catch (thrown) {
    c.res = answerError(thrown, c);
  }
  if (!isAnswerWhole(c)) await completeHeaders(c);
  // Not the reads that went well: they are most requests, nothing follows from them, and Cloudflare's own log of invocations has them.
  if (isRead && c.res.status < 400) return;
  log('info', 'request', { method, path: c.req.path, status: c.res.status, ms: Date.now() - startedAt });
}

async function enter(c: Context<AppEnv>, next: Next): Promise<void> {
  const address = c.req.header('cf-connecting-ip');
  c.set('services', servicesNow(c.env, address) ?? (await openServices(c.env, address)));
  if (c.req.path.startsWith('/v1/')) {
    if (c.req.method !== 'GET' && c.req.method !== 'HEAD') refuseOtherSites(c);
    if (c.req.header(CLIENT_HEADER) !== undefined) await refuseOldClients(c);
  }
  await next();
}

const limitBody = (maxSize: number) =>
  bodyLimit({
    maxSize,
    onError: () => {
      throw new NearcadeError('payload_too_large', `At most ${maxSize} bytes`);
    },
  });
const limitPlayers = limitBody(API_MAX_BYTES);
const limitNodes = limitBody(NODE_API_MAX_BYTES);

/** SameSite keeps our cookie from other sites; this keeps acts from other origins of our own site too. */
function refuseOtherSites(c: Context<AppEnv>): void {
  if (comesFromOtherSite(c)) throw new NearcadeError('forbidden', 'Only pages of this site may do that');
}

const strict = secureHeaders({
  crossOriginResourcePolicy: 'same-origin',
  referrerPolicy: 'no-referrer',
  // For Internet Explorer, Flash and pages with links.
  xDownloadOptions: false,
  xDnsPrefetchControl: false,
  xPermittedCrossDomainPolicies: false,
  xXssProtection: false,
});

/** Of an answer that is not one of `answer.ts`: a page, an error, what sets a header of its own. */
async function completeHeaders(c: Context<AppEnv>): Promise<void> {
  await strict(c, async () => {});
  const { headers } = c.res;
  headers.set('X-Request-Id', c.get('requestId'));
  const isApi = c.req.path.startsWith('/v1/') || c.req.path.startsWith('/node/');
  if (isApi && !headers.has('Cache-Control')) headers.set('Cache-Control', 'no-store');
}
