import type { OpenAPIHono } from '@hono/zod-openapi';
import type { z } from 'zod';
import { requireEntry } from '#edge/admin/platform/entry.ts';
import { listRegions } from '#edge/fleet/regions.ts';
import type { AppEnv } from '#edge/http/context.ts';
import { serve } from '#edge/http/serve.ts';
import { allowRate } from '#edge/social/rate.ts';
import { tellRoom } from '#edge/social/rooms/rooms.ts';
import { type joinRequestSchema, playApi } from '#shared/api/play.ts';
import { NearcadeError, wrongField } from '#shared/errors.ts';
import { admitAgain } from './admission.ts';
import { createSession } from './create.ts';
import { currentPlace } from './current.ts';
import { enterGroup } from './groups.ts';
import { joinSession, returnSpectator, type SessionAddress } from './join.ts';
import { endOwnSession, leaveSession } from './leave.ts';
import { membershipOf } from './members.ts';
import type { Place } from './regions.ts';
import { toSession } from './session-rows.ts';
import { voidWhepLinks, whepLink } from './whep.ts';

/** Enough for who mishears a number over the phone, too few to find rooms by trying six digits. */
const ROOM_NUMBERS_A_MINUTE = 20;

/** /v1/sessions and /v1/regions */
export function servePlay(app: OpenAPIHono<AppEnv>): void {
  serve(app, playApi.regions, async ({ services }) => ({ regions: await listRegions(services.db) }));

  serve(app, playApi.create, async ({ c, services, player, body, idempotency }) => {
    await requireEntry(services, { userId: player.sub, role: player.role }, 'new_session');
    const wishes = { region: body.region, rtts: body.rtts, place: c.req.raw.cf as Place | undefined };
    if (body.game !== undefined) {
      const { game, channel, saveSlot, saveId, maxPrice } = body;
      const request = { game, channel, saveSlot, saveId, maxPrice, ...wishes };
      return createSession(services, player, request, idempotency);
    }
    const entry = await enterGroup(services, player, body, wishes, idempotency);
    c.executionCtx.waitUntil(tellRoom(services, entry.session.id));
    return entry;
  });

  serve(app, playApi.current, async ({ services, player }) => {
    return { current: await currentPlace(services.db, player.sub) };
  });

  serve(app, playApi.join, async ({ c, services, player, body, idempotency }) => {
    await requireEntry(services, { userId: player.sub, role: player.role }, 'join');
    if (body.roomNumber !== undefined) {
      await allowRate(services, 'room-numbers', player.sub, ROOM_NUMBERS_A_MINUTE);
    }
    const entry = await joinSession(
      services,
      player,
      addressOf(body),
      body.role,
      idempotency,
      c.req.raw.cf as Place | undefined,
    );
    c.executionCtx.waitUntil(tellRoom(services, entry.session.id));
    return entry;
  });

  serve(app, playApi.get, async ({ services, player, params }) => {
    const found = await membershipOf(services.db, params.id, player.sub);
    if (found === undefined) throw new NearcadeError('session_not_found');
    return toSession(found.session);
  });

  serve(app, playApi.ticket, async ({ c, services, player, params: { id } }) => {
    const member = await membershipOf(services.db, id, player.sub);
    const isLost = member?.active === false || member?.relay?.alive === false;
    if (member?.role === 'spectator' && isLost) {
      await returnSpectator(services.db, id, player, c.req.raw.cf as Place | undefined);
    }
    return admitAgain(services, player, id);
  });

  serve(app, playApi.whep, async ({ c, services, player, params: { id } }) =>
    whepLink(services, player, id, c.req.raw.cf as Place | undefined),
  );

  serve(app, playApi.voidWhep, async ({ services, player, params: { id } }) =>
    voidWhepLinks(services, player.sub, id),
  );

  serve(app, playApi.leave, async ({ c, services, player, params }) => {
    await leaveSession(services, player.sub, params.id);
    c.executionCtx.waitUntil(tellRoom(services, params.id));
  });

  serve(app, playApi.end, async ({ services, player, params }) =>
    endOwnSession(services, player.sub, params.id),
  );
}

function addressOf({
  sessionId,
  roomNumber,
  inviteCode,
}: z.output<typeof joinRequestSchema>): SessionAddress {
  if (sessionId !== undefined) return { sessionId };
  if (roomNumber !== undefined) return { roomNumber };
  if (inviteCode !== undefined) return { inviteCode };
  throw wrongField('roomNumber', 'give a room number, an invite code or a session');
}
