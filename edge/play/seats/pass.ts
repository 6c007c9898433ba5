import { sql } from 'drizzle-orm';
import type { Services } from '#edge/services.ts';
import { seatClaims, sessionMembers, sessionSeats, sessions } from '#edge/store/schema.ts';
import { NearcadeError } from '#shared/errors.ts';
import { currentMembership, membershipOf } from '../members.ts';
import { hostOf } from '../roster.ts';
import { changeSeats } from './change.ts';
import { becomesSpectator, playsElsewhere, waitingFor } from './statements.ts';

/** Gives the caller's seat back: they go on watching. Does nothing for who watches already. Throws `session_not_found` or `session_over`. */
export async function releaseSeat(services: Services, userId: string, sessionId: string): Promise<void> {
  const [released] = await changeSeats(services, sessionId, [
    sql`
      update ${sessionMembers} as member set ${becomesSpectator} from ${sessions} as session
      where session.id = ${sessionId}::uuid and session.ended_at is null and member.session_id = session.id
        and member.user_id = ${userId}::uuid and member.active and member.role = 'player'
      returning member.user_id`,
  ]);
  if (released?.length === 1) return;
  const member = await membershipOf(services.db, sessionId, userId);
  if (member?.active !== true || member.role !== 'spectator') throw over(member);
}

/**
 * Passes a seat to a spectator: by who has it while nobody waits for their turn, or by the host. Who had it goes on watching. Throws
 * `forbidden`, `session_not_found` (also about who does not watch it), `session_over`, `seats_taken` (others wait for their turn) or
 * `already_in_session` (they have a seat elsewhere).
 */
export async function handOverSeat(
  services: Services,
  actorId: string,
  sessionId: string,
  seat: number,
  userId: string,
): Promise<void> {
  const isHost = sql`${hostOf(sessionId)} = ${actorId}::uuid`;
  const isAwaited = sql`(
    exists (select 1 from ${sessionSeats} where session_id = ${sessionId}::uuid and seat = ${seat}::int
      and turn_seconds is not null)
    and exists (select 1 from (${waitingFor(sessionId)}) as waiting
      where waiting.seat = ${seat}::int and waiting.user_id <> ${userId}::uuid))`;
  const [handed] = await changeSeats(services, sessionId, [
    sql`
      with gone as (
        update ${sessionMembers} as member set ${becomesSpectator} from ${sessions} as session, ${sessionMembers} as heir
        where session.id = ${sessionId}::uuid and session.ended_at is null and member.session_id = session.id
          and member.active and member.seat = ${seat}::int
          and (${isHost} or (member.user_id = ${actorId}::uuid and not ${isAwaited}))
          and heir.session_id = session.id and heir.user_id = ${userId}::uuid and heir.active and heir.role = 'spectator'
          and not ${playsElsewhere(userId)}
        returning heir.user_id
      )
      insert into ${seatClaims} (session_id, user_id, seat, granted, asked_at)
      select ${sessionId}::uuid, user_id, ${seat}::int, true, '-infinity' from gone
      on conflict (session_id, user_id) do update set seat = excluded.seat, granted = true, asked_at = excluded.asked_at
      returning user_id`,
  ]);
  if (handed?.length === 1) return;
  const { db } = services;
  const [actor, heir, elsewhere] = await Promise.all([
    membershipOf(db, sessionId, actorId),
    membershipOf(db, sessionId, userId),
    currentMembership(db, userId),
  ]);
  if (actor?.active !== true || actor.session.endReason !== null) throw over(actor);
  const { rows } = await db.execute<{ host: boolean | null }>(sql`select ${isHost} as host`);
  if (actor.seat !== seat && rows[0]?.host !== true) {
    throw new NearcadeError('forbidden', 'Only who has the seat, or the host, passes it on');
  }
  if (heir?.active !== true) throw new NearcadeError('session_not_found', 'They are not in this session');
  if (elsewhere?.role === 'player') throw new NearcadeError('already_in_session');
  throw new NearcadeError('seats_taken', 'Others wait for this seat');
}

function over(member: Awaited<ReturnType<typeof membershipOf>>): NearcadeError {
  const endReason = member?.session.endReason ?? null;
  if (endReason !== null) return new NearcadeError('session_over', undefined, { details: { endReason } });
  return new NearcadeError('session_not_found');
}
