import { sql } from 'drizzle-orm';
import type { Services } from '#edge/services.ts';
import { sessionSeats, sessions } from '#edge/store/schema.ts';
import type { SEAT_POLICIES, SeatChange } from '#shared/api/seats.ts';
import { wrongField } from '#shared/errors.ts';
import { hostOf } from '../roster.ts';
import { changeSeats } from './change.ts';
import { requireHost } from './host.ts';

/** Whether spectators take free seats by themselves or ask the host. Who asks already has their seat then. Throws as `requireHost`. */
export async function setPolicy(
  services: Services,
  hostId: string,
  sessionId: string,
  policy: (typeof SEAT_POLICIES)[number],
): Promise<void> {
  const [done] = await changeSeats(services, sessionId, [
    sql`
      update ${sessions} set open_seats = ${policy === 'open'}
      where id = ${sessionId}::uuid and ended_at is null and ${hostOf(sessionId)} = ${hostId}::uuid
      returning id`,
  ]);
  if (done?.length !== 1) await requireHost(services.db, sessionId, hostId);
}

/**
 * Changes what a seat may do, or how long its turns are: a turn that goes on begins anew with another length. Throws as `requireHost`, or
 * `invalid_request` for a seat that the session does not have.
 */
export async function setSeat(
  services: Services,
  hostId: string,
  sessionId: string,
  seat: number,
  { rights, paused, turnSeconds }: SeatChange,
): Promise<void> {
  const newRights = sql`${rights === undefined ? null : JSON.stringify(rights)}::jsonb`;
  const newPaused = sql`${paused ?? null}::boolean`;
  const newTurn = turnSeconds === undefined ? sql`rule.turn_seconds` : sql`${turnSeconds}::int`;
  const [, done] = await changeSeats(services, sessionId, [
    sql`
      insert into ${sessionSeats} as rule (session_id, seat)
      select id, ${seat}::int from ${sessions} where id = ${sessionId}::uuid and seats >= ${seat}::int
        and ended_at is null and ${hostOf(sessionId)} = ${hostId}::uuid
      on conflict do nothing`,
    sql`
      update ${sessionSeats} as rule set rights = coalesce(${newRights}, rule.rights), paused = coalesce(${newPaused}, rule.paused),
        changed = coalesce(${newRights}, rule.rights) <> rule.rights or coalesce(${newPaused}, rule.paused) <> rule.paused,
        turn_seconds = ${newTurn},
        turn_user_id = case when ${newTurn} is not distinct from rule.turn_seconds then rule.turn_user_id end,
        turn_until = case when ${newTurn} is not distinct from rule.turn_seconds then rule.turn_until end
      where rule.session_id = ${sessionId}::uuid and rule.seat = ${seat}::int
        and ${hostOf(sessionId)} = ${hostId}::uuid
      returning rule.seat`,
  ]);
  if (done?.length === 1) return;
  await requireHost(services.db, sessionId, hostId);
  throw wrongField('seat', 'the session has no such seat');
}
