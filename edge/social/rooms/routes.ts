import type { OpenAPIHono } from '@hono/zod-openapi';
import { profilesOf } from '#edge/accounts/profiles.ts';
import type { AppEnv } from '#edge/http/context.ts';
import { serve } from '#edge/http/serve.ts';
import { roomsApi } from '#shared/api/rooms.ts';
import { NearcadeError } from '#shared/errors.ts';
import { allowRate } from '../rate.ts';
import { inviteToRoom } from './invite.ts';
import { kickFromRoom } from './kick.ts';
import { allowPlayer, changeRoom, forgetPlayer, getRoom, listRules, tellRoom } from './rooms.ts';
import { answerVote, startVote } from './votes.ts';

/** Enough to ask all friends, too few to pester one. */
const INVITES_A_MINUTE = 20;

/** /v1/rooms: the social side of a session. */
export function serveRooms(app: OpenAPIHono<AppEnv>): void {
  serve(app, roomsApi.get, async ({ services: { db }, player, params }) =>
    getRoom(db, params.sessionId, player.sub),
  );

  serve(app, roomsApi.change, async ({ c, services, player, params: { sessionId }, body }) => {
    await changeRoom(services.db, sessionId, player.sub, body);
    c.executionCtx.waitUntil(tellRoom(services, sessionId));
    return getRoom(services.db, sessionId, player.sub);
  });

  serve(app, roomsApi.rules, async ({ services: { db }, player, params, query }) =>
    listRules(db, params.sessionId, player.sub, query),
  );

  serve(app, roomsApi.allow, async ({ services: { db }, player, params: { sessionId, userId } }) => {
    await requirePlayer(db, userId);
    await allowPlayer(db, sessionId, player.sub, userId);
  });

  serve(app, roomsApi.forget, async ({ services: { db }, player, params: { sessionId, userId } }) =>
    forgetPlayer(db, sessionId, player.sub, userId),
  );

  serve(app, roomsApi.kick, async ({ services, params: { sessionId, userId }, body, idempotency }) => {
    await requirePlayer(services.db, userId);
    await kickFromRoom(services, sessionId, userId, body.reason, idempotency);
  });

  serve(app, roomsApi.invite, async ({ services, player, params: { sessionId, userId } }) => {
    await allowRate(services, 'room-invites', player.sub, INVITES_A_MINUTE);
    await requirePlayer(services.db, userId);
    await inviteToRoom(services, sessionId, { id: player.sub, displayName: player.name }, userId);
  });

  serve(app, roomsApi.startVote, async ({ services, params, idempotency }) =>
    startVote(services, params.sessionId, idempotency),
  );

  serve(app, roomsApi.answerVote, async ({ services, player, params: { sessionId, voteId }, body }) =>
    answerVote(services, sessionId, voteId, player.sub, body.yes),
  );
}

async function requirePlayer(db: Parameters<typeof profilesOf>[0], userId: string): Promise<void> {
  if ((await profilesOf(db, [userId])).size === 0) throw new NearcadeError('player_not_found');
}
