import type { OpenAPIHono } from '@hono/zod-openapi';
import { profilesOf } from '#edge/accounts/profiles.ts';
import type { AppEnv } from '#edge/http/context.ts';
import { serve } from '#edge/http/serve.ts';
import { clubsApi } from '#shared/api/clubs.ts';
import { NearcadeError } from '#shared/errors.ts';
import { allowRate } from '../rate.ts';
import { requireClubMember } from './clubs.ts';
import { changeClub, disbandClub, foundClub } from './found.ts';
import { listCandidates, listMembers } from './members.ts';
import { getClub, myClubs, searchClubs } from './read.ts';
import { setRole } from './roles.ts';
import { moveStanding } from './standing.ts';
import { changeTable, createTable, removeTable } from './table-changes.ts';
import { getTable, listTables } from './table-list.ts';
import { tellClub, tellMove } from './tell.ts';

/** Enough to work through a long list of applicants; each act is told to many. */
const ACTS_A_MINUTE = 120;

/** /v1/clubs */
export function serveClubs(app: OpenAPIHono<AppEnv>): void {
  serve(app, clubsApi.create, async ({ services: { db }, player, body, idempotency }) =>
    getClub(db, await foundClub(db, body, idempotency), player.sub),
  );

  serve(app, clubsApi.mine, async ({ services: { db }, player, query: { standing, ...page } }) =>
    myClubs(db, player.sub, standing, page),
  );

  serve(app, clubsApi.search, async ({ services: { db }, player, query }) =>
    searchClubs(db, player.sub, query),
  );

  serve(app, clubsApi.get, async ({ services: { db }, player, params }) =>
    getClub(db, params.id, player.sub),
  );

  serve(app, clubsApi.change, async ({ c, services, player, params: { id }, body }) => {
    await changeClub(services.db, id, player.sub, body);
    c.executionCtx.waitUntil(tellClub(services, id));
    return getClub(services.db, id, player.sub);
  });

  serve(app, clubsApi.disband, async ({ c, services, params: { id }, body, idempotency }) => {
    const members = await disbandClub(services.db, id, body.number, idempotency);
    c.executionCtx.waitUntil(services.live.send(members, { type: 'club_changed', clubId: id }));
  });

  serve(app, clubsApi.members, async ({ services, player, params, query }) =>
    listMembers(services, params.id, player.sub, query),
  );

  serve(app, clubsApi.candidates, async ({ services: { db }, player, params, query }) => {
    const { standing, ...page } = query;
    return listCandidates(db, params.id, player.sub, standing, page);
  });

  serveStandings(app);
  serveTables(app);
}

function serveStandings(app: OpenAPIHono<AppEnv>): void {
  serve(app, clubsApi.standing, async ({ c, services, player, params, body, idempotency }) => {
    const { event, message } = body;
    await allowRate(services, 'club-acts', player.sub, ACTS_A_MINUTE);
    const move = { clubId: params.id, userId: player.sub, actorId: player.sub, event, message };
    const moved = await moveStanding(services.db, move, idempotency);
    c.executionCtx.waitUntil(tellMove(services, event, moved, { id: player.sub, displayName: player.name }));
    return moved;
  });

  serve(app, clubsApi.standingOf, async ({ c, services, player, params, body, idempotency }) => {
    const { id: clubId, userId } = params;
    const { event, reason } = body;
    await allowRate(services, 'club-acts', player.sub, ACTS_A_MINUTE);
    const profile = (await profilesOf(services.db, [userId])).get(userId);
    if (profile === undefined || (profile.deleted && (event === 'invite' || event === 'approve'))) {
      throw new NearcadeError('player_not_found');
    }
    const move = { clubId, userId, actorId: player.sub, event };
    const moved = await moveStanding(services.db, move, idempotency);
    const actor = { id: player.sub, displayName: player.name };
    c.executionCtx.waitUntil(tellMove(services, event, moved, actor, reason));
    return moved;
  });

  serve(app, clubsApi.role, async ({ c, services, player, params, body }) => {
    const change = { clubId: params.id, userId: params.userId, actorId: player.sub, role: body.role };
    const standing = await setRole(services.db, change);
    c.executionCtx.waitUntil(tellClub(services, params.id));
    return standing;
  });
}

function serveTables(app: OpenAPIHono<AppEnv>): void {
  serve(app, clubsApi.tables, async ({ services: { db }, player, params: { id } }) => {
    await requireClubMember(db, id, player.sub);
    return { tables: await listTables(db, id) };
  });

  serve(app, clubsApi.createTable, async ({ c, services, params: { id }, body, idempotency }) => {
    const tableId = await createTable(services.db, id, body, idempotency);
    c.executionCtx.waitUntil(tellClub(services, id));
    return getTable(services.db, id, tableId);
  });

  serve(app, clubsApi.changeTable, async ({ c, services, player, params: { id, tableId }, body }) => {
    await changeTable(services.db, id, tableId, player.sub, body);
    c.executionCtx.waitUntil(tellClub(services, id));
    return getTable(services.db, id, tableId);
  });

  serve(app, clubsApi.removeTable, async ({ c, services, player, params: { id, tableId } }) => {
    await removeTable(services.db, id, tableId, player.sub);
    c.executionCtx.waitUntil(tellClub(services, id));
  });
}
