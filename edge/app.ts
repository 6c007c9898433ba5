import type { OpenAPIHono } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { methodNotAllowed } from 'hono/method-not-allowed';
import { requestId } from 'hono/request-id';
import { secureHeaders } from 'hono/secure-headers';
import { NearcadeError } from '#shared/errors.ts';
import { API_MAX_BYTES, NODE_API_MAX_BYTES } from '#shared/limits.ts';
import { accountsRoutes, REFRESH_COOKIE } from './accounts/routes.ts';
import { catalogRoutes } from './catalog/routes.ts';
import { fleetRoutes } from './fleet/routes.ts';
import type { AppEnv } from './http/context.ts';
import { DOCS_PAGE, DOCS_POLICY, DOCS_SCRIPT } from './http/docs.ts';
import { answerError } from './http/errors.ts';
import { log } from './http/log.ts';
import { openApiApp } from './http/openapi.ts';
import { wellKnownRoutes } from './http/well-known.ts';
import { playRoutes } from './play/routes.ts';
import { presenceRoutes } from './presence/routes.ts';
import { openServices } from './services.ts';

/** The control plane's HTTP side: middleware in order, then one mount a capability. No CORS: only our own origin calls it. */
export function createApp(): OpenAPIHono<AppEnv> {
  const app = openApiApp<AppEnv>();
  app.onError(answerError);
  app.notFound(c => answerError(new NearcadeError('not_found', `Nothing at ${c.req.path}`), c));

  app.use(requestId());
  app.use(logRequest);
  app.use(secureHeaders({ crossOriginResourcePolicy: 'same-origin', referrerPolicy: 'no-referrer' }));
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
    c.set('services', await openServices(c.env));
    await next();
  });
  app.use('/v1/*', neverCache);
  app.use('/node/*', neverCache);

  app.route('/v1/accounts', accountsRoutes());
  app.route('/v1/games', catalogRoutes());
  app.route('/v1/sessions', playRoutes());
  app.route('/v1/presence', presenceRoutes());
  app.route('/node/v1', fleetRoutes());
  app.route('/', wellKnownRoutes());

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
  c.res.headers.set('Cache-Control', 'no-store');
};

const logRequest: MiddlewareHandler<AppEnv> = async (c, next) => {
  const startedAt = Date.now();
  await next();
  const { method, path } = c.req;
  log('info', 'request', {
    requestId: c.get('requestId'),
    method,
    path,
    status: c.res.status,
    ms: Date.now() - startedAt,
  });
};

function document(app: OpenAPIHono<AppEnv>): void {
  const bearer = (description: string) => ({ type: 'http' as const, scheme: 'bearer', description });
  const schemes = app.openAPIRegistry;
  schemes.registerComponent('securitySchemes', 'player', {
    ...bearer('Access token of a sign-in'),
    bearerFormat: 'JWT',
  });
  schemes.registerComponent('securitySchemes', 'refresh', {
    type: 'apiKey',
    in: 'cookie',
    name: REFRESH_COOKIE,
  });
  schemes.registerComponent('securitySchemes', 'registration', bearer("The fleet's registration key"));
  schemes.registerComponent('securitySchemes', 'node', bearer("The node's own token, from its registration"));
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
