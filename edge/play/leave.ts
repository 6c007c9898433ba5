import { type SQL, sql } from 'drizzle-orm';
import { orderQuery, pushOrdersIn } from '#edge/fleet/orders.ts';
import type { Services } from '#edge/services.ts';
import { sessionMembers, sessions } from '#edge/store/schema.ts';
import { StoredProcedure } from '#edge/store/stored-procedure.ts';
import { paysFor } from '#edge/wallet/session-holds.ts';
import { NearcadeError } from '#shared/errors.ts';
import type { EndReason } from '#shared/lifecycles.ts';
import { settleDown, settleDownAfter } from './announce.ts';
import { endedIn, endOne, endOneIf, endOneQueries, type Results } from './endings.ts';
import { cutWhoLeft, takePlaceAway } from './put-out.ts';
import { askWhetherAwaited } from './queue.ts';
import { settleSeats } from './seats/change.ts';
import { hostIdOf } from './seats/statements.ts';

/**
 * Ends a session now, whatever it does: its slot and seats are free, what it cost is settled, its members are told, and so is its node.
 * Does nothing to one that is over, or that there is not. Answers whether it went on until now.
 */
export async function endSession(services: Services, sessionId: string, reason: EndReason): Promise<boolean> {
  const results = await services.db.batch([
    ...endOne(services.db, sessionId, reason),
    services.db.execute<{ orderedNodeId: string }>(orderEnd(sql`${sessionId}::uuid`)),
  ]);
  await afterEnd(services, results);
  return endedIn(results).length > 0;
}

/** As its host, or as who pays for it without being there. Throws `session_not_found`, `session_over` or `forbidden`. */
export async function endOwnSession(services: Services, userId: string, sessionId: string): Promise<void> {
  const results = await endAsHost.run(services.db, { user_id: userId, session_id: sessionId });
  await afterEnd(services, results, settleDownAfter);
  const [row] = results.flatMap(({ rows }) => rows.filter((one): one is MemberRow => 'over' in one));
  if (row?.over === true) throw new NearcadeError('session_over');
  if (row?.host === true || (await endAsPayer(services, userId, sessionId))) return;
  if (row === undefined) throw new NearcadeError('session_not_found');
  throw new NearcadeError('forbidden', 'Only its host ends a session');
}

/** A club's owner has to be able to stop what others play on their credits; to those the credits are at an end. */
async function endAsPayer(services: Services, userId: string, sessionId: string): Promise<boolean> {
  const { rows } = await services.db.execute<{ pays: boolean }>(sql`
    select ${paysFor(sessionId, userId)} as pays`);
  return rows[0]?.pays === true && (await endSession(services, sessionId, 'credits_exhausted'));
}

/** Gives the caller's place up, or ends the session when they are its host. Throws `session_not_found`. */
export async function leaveSession(services: Services, userId: string, sessionId: string): Promise<void> {
  const { db } = services;
  const [me, session] = [sql`${userId}::uuid`, sql`${sessionId}::uuid`];
  const [member, left, ...results] = await db.batch([
    db.execute<MemberRow>(membershipQuery(me, session)),
    takePlaceAway(db, sessionId, userId, sql`member.active and member.user_id <> ${hostIdOf}`),
    ...endOneIf(db, sessionId, isHost(me), HOST_LEFT),
    db.execute<{ orderedNodeId: string }>(orderEnd(session)),
    cutWhoLeft(db, userId, 'left'),
  ]);
  await afterEnd(services, results);
  if (member.rows.length === 0) throw new NearcadeError('session_not_found');
  if (left.rows.length > 0) await settleSeats(services, sessionId);
}

type MemberRow = { host: boolean; over: boolean };

const membershipQuery = (userId: SQL, sessionId: SQL): SQL => sql`
  select member.user_id = ${hostIdOf} as host, session.ended_at is not null as over
  from ${sessionMembers} as member join ${sessions} as session on session.id = member.session_id
  where member.session_id = ${sessionId} and member.user_id = ${userId}`;

const isHost = (userId: SQL) => sql`exists (
  select 1 from ${sessionMembers} as host where host.session_id = session.id
    and host.user_id = ${userId} and host.active and host.user_id = ${hostIdOf})`;

/** What its node has to be told when the transaction with this query, after the end, has ended the session. */
const orderEnd = (sessionId: SQL): SQL =>
  orderQuery(sql`
    select node_id, jsonb_build_object('type', 'end_session', 'sessionId', id, 'epoch', epoch, 'reason', end_reason)
    from ${sessions} where id = ${sessionId} and ended_at = now() and node_id is not null`);

const HOST_LEFT = { queued: 'queue_left', otherwise: 'player_quit' } as const;

/** How most sessions end that are ended by a player. */
export const endAsHost = new StoredProcedure({
  name: 'end_as_host',
  params: { user_id: 'uuid', session_id: 'uuid' },
  statements: asked => [
    membershipQuery(asked.user_id, asked.session_id),
    ...endOneQueries(asked.session_id, isHost(asked.user_id), HOST_LEFT),
    orderEnd(asked.session_id),
  ],
  afterwards: askWhetherAwaited,
});

async function afterEnd(services: Services, results: Results, settle = settleDown): Promise<void> {
  await Promise.all([settle(services, results), pushOrdersIn(services, results)]);
}
