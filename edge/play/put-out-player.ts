import { sql } from 'drizzle-orm';
import { orderNode } from '#edge/fleet/orders.ts';
import type { Services } from '#edge/services.ts';
import { sessionMembers, sessions } from '#edge/store/schema.ts';
import type { RevokeReason } from '#shared/api/orders.ts';
import { endSession } from './leave.ts';
import { settleSeats } from './seats/change.ts';
import { hostIdOf } from './seats/statements.ts';

type Place = { session_id: string; host: boolean; node_id: string | null; over: boolean };

/**
 * Takes a player out of every session and queue that they are in, by an operator: their places are free, their node cuts them off, and
 * what they host ends. `signInIds`: only out of those that they are in by one of these sign-ins. Answers the sessions. Does nothing for
 * who is nowhere.
 */
export async function putOutOfPlay(
  services: Services,
  userId: string,
  reason: RevokeReason,
  signInIds?: readonly string[],
): Promise<string[]> {
  const { db } = services;
  const { rows } = await db.execute<Place>(sql`
    select member.session_id, member.user_id = ${hostIdOf} as host, session.node_id, session.ended_at is not null as over
    from ${sessionMembers} as member join ${sessions} as session on session.id = member.session_id
    where member.user_id = ${userId}::uuid and member.active and ${
      signInIds === undefined
        ? sql`true`
        : sql`member.sign_in_id::text in (select jsonb_array_elements_text(${JSON.stringify(signInIds)}::jsonb))`
    }`);
  for (const { session_id, host, over } of rows) {
    if (host && !over) await endSession(services, session_id, 'operator_ended');
  }
  // Whatever is left, also where a fault has left a seat behind in a session that is over.
  await db.execute(sql`
    update ${sessionMembers} set active = false, left_at = now()
    where user_id = ${userId}::uuid and active
      and session_id::text in (select jsonb_array_elements_text(${JSON.stringify(rows.map(row => row.session_id))}::jsonb))`);
  const cut = rows.filter(({ host, over }) => !host && !over);
  await Promise.all(
    cut.map(async ({ session_id: sessionId, node_id }) => {
      if (node_id !== null) await orderNode(services, node_id, { type: 'revoke', userId, sessionId, reason });
      await settleSeats(services, sessionId);
    }),
  );
  return rows.filter(({ over }) => !over).map(({ session_id }) => session_id);
}
