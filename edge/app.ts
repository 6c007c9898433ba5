import type { OpenAPIHono } from '@hono/zod-openapi';
import { methodNotAllowed } from 'hono/method-not-allowed';
import { NearcadeError } from '#shared/errors.ts';
import { REFRESH_COOKIE } from './accounts/cookies.ts';
import { serveOidc } from './accounts/oidc/routes.ts';
import { servePasskeys } from './accounts/passkeys/routes.ts';
import { serveAccounts } from './accounts/routes.ts';
import { serveAdmin } from './admin/routes.ts';
import { servePublishing } from './catalog/publishing-routes.ts';
import { serveCatalog } from './catalog/routes.ts';
import { serveFleet } from './fleet/routes.ts';
import { serveHistory } from './history/routes.ts';
import type { AppEnv } from './http/context.ts';
import { DOCS_PAGE, DOCS_POLICY, DOCS_SCRIPT } from './http/docs.ts';
import { answerError } from './http/errors.ts';
import { everyRequest } from './http/every-request.ts';
import { describeComponents, openApiApp } from './http/openapi.ts';
import { serveWellKnown } from './http/well-known.ts';
import { serveLive } from './live/routes.ts';
import { serveMail } from './mail/routes.ts';
import { servePlay } from './play/routes.ts';
import { serveSeats } from './play/seat-routes.ts';
import { servePresence } from './presence/routes.ts';
import { serveRecordings } from './recordings/routes.ts';
import { serveSaves } from './saves/routes.ts';
import { serveChat } from './social/chat/routes.ts';
import { serveClubs } from './social/clubs/routes.ts';
import { serveFriends } from './social/friends/routes.ts';
import { serveInvites } from './social/invites/routes.ts';
import { serveParties } from './social/parties/routes.ts';
import { serveRooms } from './social/rooms/routes.ts';
import { serveWallet } from './wallet/routes.ts';

/** The control plane's HTTP side: what every request goes through, then one mount a capability. No CORS: only our own origin calls it. */
export function createApp(): OpenAPIHono<AppEnv> {
  const app = openApiApp();
  app.onError(answerError);
  const refuseMethod = methodNotAllowed({
    app,
    onMethodNotAllowed: (c, methods) => {
      const answer = answerError(new NearcadeError('method_not_allowed', `Use ${methods.join(' or ')}`), c);
      answer.headers.set('Allow', methods.join(', '));
      return answer;
    },
  });
  app.notFound(async c => {
    c.res = answerError(new NearcadeError('not_found', `Nothing at ${c.req.path}`), c);
    await refuseMethod(c, async () => {});
    return c.res;
  });
  app.use(everyRequest);

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
