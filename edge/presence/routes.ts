import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { verifyAccessToken } from '#edge/accounts/access-tokens.ts';
import { requirePlayer } from '#edge/http/auth.ts';
import type { PlayerEnv } from '#edge/http/context.ts';
import { jsonBody, jsonResponse, openApiApp, problems, security } from '#edge/http/openapi.ts';
import { presenceSchema, putPresenceRequestSchema, putPresenceResponseSchema } from '#shared/api/presence.ts';
import { PRESENCE_TTL_S } from '#shared/limits.ts';
import { getPresence, putPresence } from './presence.ts';

const putRoute = createRoute({
  method: 'put',
  path: '/',
  tags: ['Presence'],
  summary: 'Say that I am here; expires unless renewed',
  security: security.player,
  request: { body: jsonBody(putPresenceRequestSchema) },
  responses: { 200: jsonResponse('Noted', putPresenceResponseSchema), ...problems },
});

const getRoute = createRoute({
  method: 'get',
  path: '/{userId}',
  tags: ['Presence'],
  summary: 'Where a player is',
  security: security.player,
  request: { params: z.object({ userId: z.uuid() }) },
  responses: { 200: jsonResponse('Present, or offline', presenceSchema), ...problems },
});

/** /v1/presence */
export function presenceRoutes() {
  const app = openApiApp<PlayerEnv>();
  app.use(requirePlayer(verifyAccessToken));
  app.openapi(putRoute, async c => {
    await putPresence(c.get('services'), c.get('player').sub, c.req.valid('json'));
    return c.json({ expiresIn: PRESENCE_TTL_S }, 200);
  });
  app.openapi(getRoute, async c =>
    c.json(await getPresence(c.get('services'), c.req.valid('param').userId), 200),
  );
  return app;
}
