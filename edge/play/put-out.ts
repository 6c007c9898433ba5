import { type SQL, sql } from 'drizzle-orm';
import { orderNode } from '#edge/fleet/orders.ts';
import type { Services } from '#edge/services.ts';
import type { Database } from '#edge/store/database.ts';
import { sessionMembers, sessions } from '#edge/store/schema.ts';

/**
 * Takes a member's place in a session away where `guard` holds, whether they are there or away; a statement for a transaction. It
 * answers a row when there was one: give its node to `cutFromSession`.
 */
export function takePlaceAway(db: Database, sessionId: string, userId: string, guard: SQL) {
  return db.execute<{ node_id: string | null }>(sql`
    update ${sessionMembers} as member set active = false, left_at = now() from ${sessions} as session
    where session.id = member.session_id and session.ended_at is null
      and member.session_id = ${sessionId}::uuid and member.user_id = ${userId}::uuid and ${guard}
    returning session.node_id`);
}

/** Has the node cut the connections of somebody whose place was taken away. Tickets from before that let them in no more. */
export async function cutFromSession(
  services: Services,
  nodeId: string,
  sessionId: string,
  userId: string,
): Promise<void> {
  await orderNode(services, nodeId, { type: 'revoke', userId, sessionId, reason: 'kicked' });
}
