import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { verifyAccessToken } from '#edge/accounts/access-tokens.ts';
import { requirePlayer } from '#edge/http/auth.ts';
import type { PlayerEnv } from '#edge/http/context.ts';
import { idempotencyHeaderSchema, idempotentRequest } from '#edge/http/idempotency.ts';
import { jsonBody, jsonResponse, openApiApp, problems, security } from '#edge/http/openapi.ts';
import {
  admissionSchema,
  createSessionRequestSchema,
  currentSessionSchema,
  joinRequestSchema,
  sessionSchema,
} from '#shared/api/play.ts';
import { NearcadeError } from '#shared/errors.ts';
import { admit, extendReservation } from './admission.ts';
import { createSession } from './create.ts';
import { joinSession, returnSpectator, type SessionAddress } from './join.ts';
import { currentMembership, membershipOf } from './members.ts';
import { type Place, regionsByPreference } from './regions.ts';
import { toSession } from './session-rows.ts';

const base = { tags: ['Playing'], security: security.player };
const sessionParams = z.object({ id: z.uuid() });

const createSessionRoute = createRoute({
  ...base,
  method: 'post',
  path: '/',
  summary: 'Start a game: a slot, a session and a ticket to it',
  request: { headers: idempotencyHeaderSchema, body: jsonBody(createSessionRequestSchema) },
  responses: { 201: jsonResponse('The session, with you as its host', admissionSchema), ...problems },
});

const currentRoute = createRoute({
  ...base,
  method: 'get',
  path: '/current',
  summary: 'My session that still runs',
  responses: {
    200: jsonResponse('The session and my place in it, or null', currentSessionSchema),
    ...problems,
  },
});

const joinRoute = createRoute({
  ...base,
  method: 'post',
  path: '/join',
  summary: 'Join a session by room number or share link, as player or spectator',
  request: { headers: idempotencyHeaderSchema, body: jsonBody(joinRequestSchema) },
  responses: { 200: jsonResponse('Your place and a ticket to it', admissionSchema), ...problems },
});

const getRoute = createRoute({
  ...base,
  method: 'get',
  path: '/{id}',
  summary: 'A session that I am or was in',
  request: { params: sessionParams },
  responses: { 200: jsonResponse('The session', sessionSchema), ...problems },
});

const ticketRoute = createRoute({
  ...base,
  method: 'post',
  path: '/{id}/tickets',
  summary: 'A fresh ticket for the place that I have',
  request: { params: sessionParams },
  responses: { 201: jsonResponse('Your place and a ticket to it', admissionSchema), ...problems },
});

/** /v1/sessions */
export function playRoutes() {
  const app = openApiApp<PlayerEnv>();
  app.use(requirePlayer(verifyAccessToken));

  app.openapi(createSessionRoute, async c => {
    const player = c.get('player');
    const body = c.req.valid('json');
    const key = c.req.valid('header')['idempotency-key'];
    const regions = regionsByPreference(body.region, c.req.raw.cf as Place | undefined);
    const idempotency = idempotentRequest(player.sub, key, 'POST /v1/sessions', body);
    const admission = await createSession(
      c.get('services'),
      player,
      { game: body.game, regions },
      idempotency,
    );
    return c.json(admission, 201);
  });

  app.openapi(currentRoute, async c => {
    const found = await currentMembership(c.get('services').db, c.get('player').sub);
    if (found === undefined) return c.json({ current: null }, 200);
    return c.json(
      { current: { session: toSession(found.session), role: found.role, seat: found.seat } },
      200,
    );
  });

  app.openapi(joinRoute, async c => {
    const player = c.get('player');
    const body = c.req.valid('json');
    const key = c.req.valid('header')['idempotency-key'];
    const idempotency = idempotentRequest(player.sub, key, 'POST /v1/sessions/join', body);
    return c.json(await joinSession(c.get('services'), player, addressOf(body), body.role, idempotency), 200);
  });

  app.openapi(getRoute, async c => {
    const found = await membershipOf(c.get('services').db, c.req.valid('param').id, c.get('player').sub);
    if (found === undefined) throw new NearcadeError('session_not_found');
    return c.json(toSession(found.session), 200);
  });

  app.openapi(ticketRoute, async c => {
    const services = c.get('services');
    const player = c.get('player');
    const { id } = c.req.valid('param');
    const member = await membershipOf(services.db, id, player.sub);
    if (member?.session.state === 'reserved') await extendReservation(services, id);
    if (member?.role === 'spectator' && !member.active) await returnSpectator(services.db, id, player.sub);
    return c.json(await admit(services, player, id), 201);
  });

  return app;
}

function addressOf(body: z.output<typeof joinRequestSchema>): SessionAddress {
  if (body.roomNumber !== undefined) return { roomNumber: body.roomNumber };
  if (body.inviteCode !== undefined) return { inviteCode: body.inviteCode };
  throw new NearcadeError('invalid_request', 'give a room number or an invite code');
}
