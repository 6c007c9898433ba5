import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context, MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { methodNotAllowed } from 'hono/method-not-allowed';
import { requestId } from 'hono/request-id';
import { secureHeaders } from 'hono/secure-headers';
import { NearcadeError } from '#shared/errors.ts';
import { API_MAX_BYTES, NODE_API_MAX_BYTES } from '#shared/limits.ts';
import { REFRESH_COOKIE } from './accounts/cookies.ts';
import { serveOidc } from './accounts/oidc/routes.ts';
import { servePasskeys } from './accounts/passkeys/routes.ts';
import { serveAccounts } from './accounts/routes.ts';
import { refuseOldClients } from './admin/platform/entry.ts';
import { serveAdmin } from './admin/routes.ts';
import { servePublishing } from './catalog/publishing-routes.ts';
import { serveCatalog } from './catalog/routes.ts';
import { serveFleet } from './fleet/routes.ts';
import { serveHistory } from './history/routes.ts';
import type { AppEnv } from './http/context.ts';
import { DOCS_PAGE, DOCS_POLICY, DOCS_SCRIPT } from './http/docs.ts';
import { answerError } from './http/errors.ts';
import { log, loggedAs } from './http/log.ts';
import { describeComponents, openApiApp } from './http/openapi.ts';
import { comesFromOtherSite } from './http/same-site.ts';
import { serveWellKnown } from './http/well-known.ts';
import { serveLive } from './live/routes.ts';
import { serveMail } from './mail/routes.ts';
import { servePlay } from './play/routes.ts';
import { serveSeats } from './play/seat-routes.ts';
import { servePresence } from './presence/routes.ts';
import { serveRecordings } from './recordings/routes.ts';
import { serveSaves } from './saves/routes.ts';
import { openServices } from './services.ts';
import { serveChat } from './social/chat/routes.ts';
import { serveClubs } from './social/clubs/routes.ts';
import { serveFriends } from './social/friends/routes.ts';
import { serveInvites } from './social/invites/routes.ts';
import { serveParties } from './social/parties/routes.ts';
import { serveRooms } from './social/rooms/routes.ts';
import { serveWallet } from './wallet/routes.ts';

/** The control plane's HTTP side: middleware in order, then one mount a capability. No CORS: only our own origin calls it. */
export function createApp(): OpenAPIHono<AppEnv> {
  const app = openApiApp();
  app.onError(answerError);
  app.notFound(c => answerError(new NearcadeError('not_found', `Nothing at ${c.req.path}`), c));

  app.use(requestId());
  app.use(logRequest);
  app.use(
    secureHeaders({
      crossOriginResourcePolicy: 'same-origin',
      referrerPolicy: 'no-referrer',
      // For Internet Explorer, Flash and pages with links: each header costs a microsecond or two of every request.
      xDownloadOptions: false,
      xDnsPrefetchControl: false,
      xPermittedCrossDomainPolicies: false,
      xXssProtection: false,
    }),
  );
  app.use(
    methodNotAllowed({
      app,
      onMethodNotAllowed: (c, methods) => {
        const answer = answerError(new NearcadeError('method_not_allowed', `Use ${methods.join(' or ')}`), c);
        answer.headers.set('Allow', methods.join(', '));
        return answer;
      },
    }),
  );
  app.use('/v1/*', limitBody(API_MAX_BYTES));
  app.use('/node/*', limitBody(NODE_API_MAX_BYTES));
  app.use(async (c, next) => {
    c.set('services', await openServices(c.env, c.req.header('cf-connecting-ip')));
    await next();
  });
  app.use('/v1/*', admitToApi);
  app.use('/node/*', neverCache);

  serveWellKnown(app);
  serveAdmin(app);
  serveAccounts(app);
  servePasskeys(app);
  serveOidc(app);
  serveCatalog(app);
  serveClubs(app);
  serveInvites(app);
  serveRooms(app);
  servePublishing(app);
  serveFleet(app);
  serveFriends(app);
  serveParties(app);
  serveHistory(app);
  serveMail(app);
  serveChat(app);
  serveLive(app);
  servePlay(app);
  serveSeats(app);
  servePresence(app);
  serveSaves(app);
  serveRecordings(app);
  serveWallet(app);

  document(app);
  return app;
}

const limitBody = (maxSize: number) =>
  bodyLimit({
    maxSize,
    onError: () => {
      throw new NearcadeError('payload_too_large', `At most ${maxSize} bytes`);
    },
  });

const neverCache: MiddlewareHandler<AppEnv> = async (c, next) => {
  await next();
  if (!c.res.headers.has('Cache-Control')) c.res.headers.set('Cache-Control', 'no-store');
};

/** One middleware, since each costs every request some. */
const admitToApi: MiddlewareHandler<AppEnv> = async (c, next) => {
  refuseOtherSites(c);
  await refuseOldClients(c);
  await neverCache(c, next);
};

/** SameSite keeps our cookie from other sites; this keeps acts from other origins of our own site too. */
function refuseOtherSites(c: Context<AppEnv>): void {
  if (c.req.method === 'GET' || c.req.method === 'HEAD') return;
  if (comesFromOtherSite(c)) throw new NearcadeError('forbidden', 'Only pages of this site may do that');
}

/** Not the reads that went well: they are most requests, nothing follows from them, and Cloudflare's own log of invocations has them. */
const logRequest: MiddlewareHandler<AppEnv> = (c, next) =>
  loggedAs(c.get('requestId'), async () => {
    const startedAt = Date.now();
    await next();
    const { method, path } = c.req;
    if ((method === 'GET' || method === 'HEAD') && c.res.status < 400) return;
    log('info', 'request', { method, path, status: c.res.status, ms: Date.now() - startedAt });
  });

function document(app: OpenAPIHono<AppEnv>): void {
  describeComponents(app, REFRESH_COOKIE);
  app.doc31('/openapi.json', {
    openapi: '3.1.0',
    info: {
      title: 'Nearcade',
      version: '1',
      description: 'Errors are problem details (RFC 9457) with a stable `code`.',
    },
    servers: [{ url: '/' }],
  });
  app.get('/docs', c => {
    c.header('Content-Security-Policy', DOCS_POLICY);
    return c.html(DOCS_PAGE);
  });
  app.get('/docs/start.js', c =>
    c.body(DOCS_SCRIPT, 200, { 'Content-Type': 'text/javascript; charset=utf-8' }),
  );
}
