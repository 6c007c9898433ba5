import { createRoute } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import { bearerToken, requireNode } from '#edge/http/auth.ts';
import type { AppEnv, NodeEnv } from '#edge/http/context.ts';
import { jsonBody, jsonResponse, openApiApp, problems, security } from '#edge/http/openapi.ts';
import { sameSecret } from '#edge/http/secrets.ts';
import {
  eventsRequestSchema,
  eventsResponseSchema,
  heartbeatRequestSchema,
  heartbeatResponseSchema,
  registerNodeRequestSchema,
  registerNodeResponseSchema,
} from '#shared/api/fleet.ts';
import { NearcadeError } from '#shared/errors.ts';
import { enqueueEvents } from './events.ts';
import { findNode, heartbeat, noteLoad, registerNode } from './nodes.ts';

const requireRegistrationKey: MiddlewareHandler<AppEnv> = async (c, next) => {
  const key = bearerToken(c);
  if (key === undefined || !sameSecret(key, c.get('services').settings.NODE_REGISTRATION_KEY)) {
    throw new NearcadeError('node_unknown', "The fleet's registration key is wrong or missing");
  }
  await next();
};

const registerRoute = createRoute({
  method: 'post',
  path: '/register',
  tags: ['Nodes'],
  summary: 'A media node has started',
  security: security.registration,
  middleware: requireRegistrationKey,
  request: { body: jsonBody(registerNodeRequestSchema) },
  responses: {
    200: jsonResponse("The node's own token and the keys of tickets", registerNodeResponseSchema),
    ...problems,
  },
});

const heartbeatRoute = createRoute({
  method: 'post',
  path: '/heartbeat',
  tags: ['Nodes'],
  summary: 'Extend the lease; learn which sessions to end',
  security: security.node,
  middleware: requireNode(findNode),
  request: { body: jsonBody(heartbeatRequestSchema) },
  responses: { 200: jsonResponse('The lease is extended', heartbeatResponseSchema), ...problems },
});

const eventsRoute = createRoute({
  method: 'post',
  path: '/events',
  tags: ['Nodes'],
  summary: 'What happened in sessions; may be sent again',
  security: security.node,
  middleware: requireNode(findNode),
  request: { body: jsonBody(eventsRequestSchema) },
  responses: { 202: jsonResponse('Will be applied', eventsResponseSchema), ...problems },
});

/** /node/v1 */
export function fleetRoutes() {
  const app = openApiApp<AppEnv & NodeEnv>();

  app.openapi(registerRoute, async c =>
    c.json(await registerNode(c.get('services'), c.req.valid('json')), 200),
  );

  app.openapi(heartbeatRoute, async c => {
    const request = c.req.valid('json');
    const answer = await heartbeat(c.get('services'), c.get('node'), request);
    c.executionCtx.waitUntil(noteLoad(c.get('services'), c.get('node'), request.load));
    return c.json(answer, 200);
  });

  app.openapi(eventsRoute, async c => {
    const { events } = c.req.valid('json');
    await enqueueEvents(c.get('services'), c.get('node').id, events);
    return c.json({ accepted: events.length }, 202);
  });

  return app;
}
