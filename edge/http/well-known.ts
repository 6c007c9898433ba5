import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { jwksSchema } from '#shared/api/fleet.ts';
import type { AppEnv } from './context.ts';
import { jsonResponse, openApiApp, problems } from './openapi.ts';

/** Seconds for which the keys may be cached: a new key is published longer than that before it signs. */
const JWKS_MAX_AGE_S = 300;

const jwksRoute = createRoute({
  method: 'get',
  path: '/.well-known/jwks.json',
  tags: ['Service'],
  summary: 'Public keys of tickets and access tokens',
  responses: { 200: jsonResponse('JSON Web Key Set (RFC 7517)', jwksSchema), ...problems },
});

const healthRoute = createRoute({
  method: 'get',
  path: '/healthz',
  tags: ['Service'],
  summary: 'Whether the Worker runs and its configuration is valid',
  responses: { 200: jsonResponse('It does', z.object({ status: z.literal('ok') })), ...problems },
});

/** What belongs to no capability. */
export function wellKnownRoutes() {
  const app = openApiApp<AppEnv>();
  app.openapi(jwksRoute, c => {
    c.header('Cache-Control', `public, max-age=${JWKS_MAX_AGE_S}`);
    return c.json(c.get('services').keys.jwks, 200);
  });
  app.openapi(healthRoute, c => c.json({ status: 'ok' as const }, 200));
  return app;
}
