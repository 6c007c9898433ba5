import { type SQL, sql } from 'drizzle-orm';
import { giveOrders } from '#edge/fleet/orders.ts';
import type { Database } from '#edge/store/database.ts';
import { sessionMembers, sessions } from '#edge/store/schema.ts';
import type { RevokeReason } from '#shared/api/orders.ts';

/**
 * Takes a member's place in a session away where `guard` holds, whether they are there or away; a statement for a transaction, which ends
 * with `cutWhoLeft`. It answers a row when there was one.
 */
export function takePlaceAway(db: Database, sessionId: string, userId: string, guard: SQL) {
  return db.execute<{ node_id: string | null }>(sql`
    update ${sessionMembers} as member set active = false, left_at = now() from ${sessions} as session
    where session.id = member.session_id and session.ended_at is null
      and member.session_id = ${sessionId}::uuid and member.user_id = ${userId}::uuid and ${guard}
    returning session.node_id`);
}

/**
 * Has the nodes cut the connections of a player whose places this transaction has taken away, of sessions that go on; a statement for its end.
 * Tickets from before let them in no more. Give what it answers to `pushOrdersIn`.
 */
export function cutWhoLeft(db: Database, userId: string, reason: RevokeReason) {
  return giveOrders(
    db,
    sql`
    select session.node_id, jsonb_build_object('type', 'revoke', 'userId', member.user_id, 'sessionId', session.id,
      'reason', ${reason}::text) as body
    from ${sessionMembers} as member join ${sessions} as session on session.id = member.session_id
    where member.user_id = ${userId}::uuid and member.left_at = now()
      and session.ended_at is null and session.node_id is not null`,
  );
}
