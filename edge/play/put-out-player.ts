import { type SQL, sql } from 'drizzle-orm';
import { pushOrdersIn } from '#edge/fleet/orders.ts';
import type { Services } from '#edge/services.ts';
import { sessionMembers, sessions } from '#edge/store/schema.ts';
import type { RevokeReason } from '#shared/api/orders.ts';
import type { EndReason } from '#shared/lifecycles.ts';
import { endSession } from './leave.ts';
import { cutWhoLeft } from './put-out.ts';
import { settleSeats } from './seats/change.ts';
import { hostIdOf } from './seats/statements.ts';

type Place = { session_id: string; host: boolean; over: boolean };

export interface PutOutOptions {
  /** Only out of those that they are in by one of these sign-ins. */
  signInIds?: readonly string[];
  /** How what they host ends; by an operator unless said otherwise. */
  hosted?: EndReason;
}

/** A query with the column user_id: who plays, watches or waits. */
export const inPlay: SQL = sql`select user_id from ${sessionMembers} where active`;

/**
 * Takes a player out of every session and queue that they are in: their places are free, their node cuts them off, and
 * what they host ends. Answers the sessions. Does nothing for who is nowhere.
 */
export async function putOutOfPlay(
  services: Services,
  userId: string,
  reason: RevokeReason,
  { signInIds, hosted = 'operator_ended' }: PutOutOptions = {},
): Promise<string[]> {
  const { db } = services;
  const { rows } = await db.execute<Place>(sql`
    select member.session_id, member.user_id = ${hostIdOf} as host, session.ended_at is not null as over
    from ${sessionMembers} as member join ${sessions} as session on session.id = member.session_id
    where member.user_id = ${userId}::uuid and member.active and ${
      signInIds === undefined
        ? sql`true`
        : sql`member.sign_in_id::text in (select jsonb_array_elements_text(${JSON.stringify(signInIds)}::jsonb))`
    }`);
  for (const { session_id, host, over } of rows) {
    if (host && !over) await endSession(services, session_id, hosted);
  }
  const [, ordered] = await db.batch([
    // Whatever is left, also where a fault has left a seat behind in a session that is over.
    db.execute(sql`
      update ${sessionMembers} set active = false, left_at = now()
      where user_id = ${userId}::uuid and active
        and session_id::text in (select jsonb_array_elements_text(${JSON.stringify(rows.map(row => row.session_id))}::jsonb))`),
    cutWhoLeft(db, userId, reason),
  ]);
  await pushOrdersIn(services, [ordered]);
  const left = rows.filter(({ host, over }) => !host && !over);
  await Promise.all(left.map(({ session_id }) => settleSeats(services, session_id)));
  return rows.filter(({ over }) => !over).map(({ session_id }) => session_id);
}
