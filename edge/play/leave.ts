import { sql } from 'drizzle-orm';
import { giveOrders, orderedNodesIn, orderNode, pushOrders } from '#edge/fleet/orders.ts';
import type { Services } from '#edge/services.ts';
import type { Database } from '#edge/store/database.ts';
import { sessionMembers, sessions } from '#edge/store/schema.ts';
import { NearcadeError } from '#shared/errors.ts';
import type { EndReason } from '#shared/lifecycles.ts';
import { settleDown } from './announce.ts';
import { endedIn, endOne, endOneIf, type Results } from './endings.ts';
import { settleSeats } from './seats/change.ts';
import { hostIdOf } from './seats/statements.ts';

/**
 * Ends a session now, whatever it does: its slot and seats are free, what it cost is settled, its members are told, and so is its node.
 * Does nothing to one that is over, or that there is not. Answers whether it went on until now.
 */
export async function endSession(services: Services, sessionId: string, reason: EndReason): Promise<boolean> {
  const results = await services.db.batch([
    ...endOne(services.db, sessionId, reason),
    orderEnd(services.db, sessionId),
  ]);
  await afterEnd(services, results);
  return endedIn(results).length > 0;
}

/** As its host. Throws `session_not_found`, `session_over` or `forbidden`. */
export async function endOwnSession(services: Services, userId: string, sessionId: string): Promise<void> {
  const { db } = services;
  const [member, ...results] = await db.batch([
    membership(services, userId, sessionId),
    ...endOneIf(db, sessionId, isHost(userId), { queued: 'queue_left', otherwise: 'player_quit' }),
    orderEnd(db, sessionId),
  ]);
  await afterEnd(services, results);
  const [row] = member.rows;
  if (row === undefined) throw new NearcadeError('session_not_found');
  if (row.over) throw new NearcadeError('session_over');
  if (!row.host) throw new NearcadeError('forbidden', 'Only its host ends a session');
}

/** Gives the caller's place up, or ends the session when they are its host. Throws `session_not_found`. */
export async function leaveSession(services: Services, userId: string, sessionId: string): Promise<void> {
  const { db } = services;
  const [member, left, ...results] = await db.batch([
    membership(services, userId, sessionId),
    db.execute<{ nodeId: string | null }>(sql`
      update ${sessionMembers} as member set active = false, left_at = now() from ${sessions} as session
      where session.id = member.session_id and session.id = ${sessionId}::uuid and session.ended_at is null
        and member.user_id = ${userId}::uuid and member.active and member.user_id <> ${hostIdOf}
      returning session.node_id as "nodeId"`),
    ...endOneIf(db, sessionId, isHost(userId), { queued: 'queue_left', otherwise: 'player_quit' }),
    orderEnd(db, sessionId),
  ]);
  await afterEnd(services, results);
  if (member.rows.length === 0) throw new NearcadeError('session_not_found');
  const [place] = left.rows;
  if (place !== undefined) await settleSeats(services, sessionId);
  if (typeof place?.nodeId === 'string') {
    await orderNode(services, place.nodeId, { type: 'revoke', userId, sessionId, reason: 'left' });
  }
}

function membership({ db }: Services, userId: string, sessionId: string) {
  return db.execute<{ host: boolean; over: boolean }>(sql`
    select member.user_id = ${hostIdOf} as host, session.ended_at is not null as over
    from ${sessionMembers} as member join ${sessions} as session on session.id = member.session_id
    where member.session_id = ${sessionId}::uuid and member.user_id = ${userId}::uuid`);
}

const isHost = (userId: string) => sql`exists (
  select 1 from ${sessionMembers} as host where host.session_id = session.id
    and host.user_id = ${userId}::uuid and host.active and host.user_id = ${hostIdOf})`;

/** What its node has to be told when the transaction with this statement, after the end, has ended the session. */
function orderEnd(db: Database, sessionId: string) {
  return giveOrders(
    db,
    sql`
      select node_id, jsonb_build_object('type', 'end_session', 'sessionId', id, 'epoch', epoch, 'reason', end_reason)
      from ${sessions} where id = ${sessionId}::uuid and ended_at = now() and node_id is not null`,
  );
}

async function afterEnd(services: Services, results: Results): Promise<void> {
  const pushes = orderedNodesIn(results).map(nodeId => pushOrders(services, nodeId));
  await Promise.all([settleDown(services, results), ...pushes]);
}
