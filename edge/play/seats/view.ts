import { sql } from 'drizzle-orm';
import type { Services } from '#edge/services.ts';
import { seatClaims, sessionMembers, sessionSeats, sessions } from '#edge/store/schema.ts';
import type { Seating } from '#shared/api/seats.ts';
import { NearcadeError } from '#shared/errors.ts';
import { SEAT_RIGHTS, type SeatRight } from '#shared/seat-rights.ts';
import { hostOf } from '../roster.ts';

type SeatRow = {
  seat: number;
  host: string | null;
  open: boolean;
  holder: string | null;
  rights: SeatRight[] | null;
  paused: boolean | null;
  seconds: number | null;
  left_ms: number | null;
  claims: Array<{ userId: string; granted: boolean }>;
};

/** Who has which seat and who waits for it, as who is in the session sees it. Throws `session_not_found` to others, and when it is over. */
export async function readSeating({ db }: Services, userId: string, sessionId: string): Promise<Seating> {
  const { rows } = await db.execute<SeatRow>(sql`
    select one.seat, ${hostOf(sessionId)} as host, session.open_seats as open, holder.user_id as holder, rule.rights, rule.paused,
      rule.turn_seconds as seconds,
      greatest(0, extract(epoch from rule.turn_until - clock_timestamp()) * 1000)::float8 as left_ms, (
        select coalesce(jsonb_agg(jsonb_build_object('userId', claim.user_id, 'granted', claim.granted)
          order by claim.granted desc, claim.asked_at, claim.user_id), '[]')
        from ${seatClaims} as claim join ${sessionMembers} as there
          on there.session_id = claim.session_id and there.user_id = claim.user_id and there.active
        where claim.session_id = session.id and claim.seat = one.seat
      ) as claims
    from ${sessions} as session
    join ${sessionMembers} as me on me.session_id = session.id and me.user_id = ${userId}::uuid and me.active
    cross join lateral generate_series(1, session.seats) as one(seat)
    left join ${sessionMembers} as holder on holder.session_id = session.id and holder.active and holder.seat = one.seat
    left join ${sessionSeats} as rule on rule.session_id = session.id and rule.seat = one.seat
    where session.id = ${sessionId}::uuid and session.ended_at is null
    order by one.seat`);
  const [first] = rows;
  if (first === undefined) throw new NearcadeError('session_not_found');
  return {
    sessionId,
    hostId: first.host,
    policy: first.open ? 'open' : 'ask',
    seats: rows.map(({ seat, holder, rights, paused, seconds, left_ms, claims }) => ({
      seat,
      holderId: holder,
      rights: SEAT_RIGHTS.filter(right => rights === null || rights.includes(right)),
      paused: paused ?? false,
      turn: seconds === null ? null : { seconds, leftMs: left_ms === null ? null : Math.round(left_ms) },
      claims,
    })),
  };
}
