import { sql } from 'drizzle-orm';
import type { Services } from '#edge/services.ts';
import { seatClaims, sessionMembers, sessionSeats, sessions } from '#edge/store/schema.ts';
import { type Claimed, TURN_NOTICE_S } from '#shared/api/seats.ts';
import { NearcadeError } from '#shared/errors.ts';
import type { Player } from '../admission.ts';
import { currentMembership, membershipOf } from '../members.ts';
import { hostOf } from '../roster.ts';
import { changeSeats } from './change.ts';
import { requireHost } from './host.ts';
import { isTaken, playsElsewhere } from './statements.ts';

type ClaimRow = {
  role: 'player' | 'spectator';
  seat: number | null;
  claimed: number | null;
  position: number;
  timed: boolean;
  host: string | null;
};

/**
 * Asks for a seat as a spectator: a free one is theirs at once where the host lets everybody, and where it has turns; else the host is
 * asked; a taken one with turns is waited for. Without `seat`: a free one, else the shortest line. Asking again for the same
 * keeps the place in it. Throws `session_not_found`, `session_over`, `seats_taken` or `already_in_session` (has a seat elsewhere).
 */
export async function claimSeat(
  services: Services,
  player: Player,
  sessionId: string,
  wanted: number | undefined,
): Promise<Claimed> {
  const userId = player.sub;
  const [asked] = await changeSeats(services, sessionId, [
    sql`
      insert into ${seatClaims} as claim (session_id, user_id, seat)
      select session.id, member.user_id, best.seat
      from ${sessions} as session join ${sessionMembers} as member on member.session_id = session.id, lateral (
        select one.seat from generate_series(1, session.seats) as one(seat)
        left join ${sessionSeats} as rule on rule.session_id = session.id and rule.seat = one.seat,
        lateral (select ${isTaken(sql`session.id`, sql`one.seat`)} as taken) as state
        where (not state.taken or rule.turn_seconds is not null)
          and one.seat = coalesce(${wanted ?? null}::int, one.seat)
        order by state.taken, (
          select count(*) from ${seatClaims} as other
          where other.session_id = session.id and other.seat = one.seat and other.user_id <> member.user_id
        ), one.seat
        limit 1
      ) as best
      where session.id = ${sessionId}::uuid and session.ended_at is null and member.user_id = ${userId}::uuid
        and member.active and member.role = 'spectator' and not ${playsElsewhere(userId)}
      on conflict (session_id, user_id) do update set seat = excluded.seat, granted = false, asked_at = clock_timestamp()
        where claim.seat <> excluded.seat
      returning claim.seat`,
    // A turn that has been up while nobody waited does not end from one moment to the next.
    sql`
      update ${sessionSeats} as rule set turn_until = greatest(
        rule.turn_until, clock_timestamp() + make_interval(secs => ${TURN_NOTICE_S}::float8))
      where rule.session_id = ${sessionId}::uuid and rule.turn_until is not null
        and rule.seat = (
          select seat from ${seatClaims} where session_id = ${sessionId}::uuid and user_id = ${userId}::uuid)
        and not exists (
          select 1 from ${seatClaims} as other where other.session_id = rule.session_id and other.seat = rule.seat
            and other.user_id <> ${userId}::uuid)`,
  ]);
  const found = await readClaim(services, sessionId, userId);
  if (found?.role === 'player' && found.seat !== null) return { kind: 'seated', seat: found.seat };
  if (found === undefined || found.claimed === null) throw await whyNot(services, sessionId, userId);
  const { claimed: seat, position, timed, host } = found;
  if (timed) return { kind: 'waiting', seat, position };
  if (host !== null && asked?.length === 1) {
    const from = { id: player.sub, displayName: player.name };
    await services.live.send([host], { type: 'seat_asked', sessionId, seat, from });
  }
  return { kind: 'asked', seat };
}

/** Asks for a seat no more. Does nothing for who does not ask. */
export async function withdrawClaim(services: Services, userId: string, sessionId: string): Promise<void> {
  await changeSeats(services, sessionId, [
    sql`
      delete from ${seatClaims} where session_id = ${sessionId}::uuid and user_id = ${userId}::uuid
      returning seat`,
  ]);
}

/**
 * The host's yes: the seat that they ask for is theirs if it is free, else another one that is; one with turns they have next. Throws
 * `forbidden`, `session_not_found`, `seat_claim_over` or `seats_taken`.
 */
export async function approveClaim(
  services: Services,
  hostId: string,
  sessionId: string,
  userId: string,
): Promise<void> {
  const [granted] = await changeSeats(services, sessionId, [
    sql`
      update ${seatClaims} as claim set granted = true, seat = best.seat
      from ${sessions} as session, ${seatClaims} as mine, ${sessionMembers} as member, lateral (
        select one.seat from generate_series(1, session.seats) as one(seat)
        left join ${sessionSeats} as rule on rule.session_id = session.id and rule.seat = one.seat,
        lateral (select ${isTaken(sql`session.id`, sql`one.seat`)} as taken) as state
        where not state.taken or (rule.turn_seconds is not null and one.seat = mine.seat)
        order by one.seat <> mine.seat, one.seat limit 1
      ) as best
      where claim.session_id = ${sessionId}::uuid and claim.user_id = ${userId}::uuid
        and session.id = claim.session_id and session.ended_at is null and ${hostOf(sessionId)} = ${hostId}::uuid
        and mine.session_id = claim.session_id and mine.user_id = claim.user_id
        and member.session_id = claim.session_id and member.user_id = claim.user_id and member.active
      returning claim.seat`,
  ]);
  if (granted?.length === 1) return;
  await requireHost(services.db, sessionId, hostId);
  const found = await readClaim(services, sessionId, userId);
  throw new NearcadeError(found?.claimed == null ? 'seat_claim_over' : 'seats_taken');
}

/** The host's no. Throws `forbidden`, `session_not_found` or `seat_claim_over`. */
export async function denyClaim(
  services: Services,
  hostId: string,
  sessionId: string,
  userId: string,
): Promise<void> {
  const [denied] = await changeSeats(services, sessionId, [
    sql`
      delete from ${seatClaims} where session_id = ${sessionId}::uuid and user_id = ${userId}::uuid
        and ${hostOf(sessionId)} = ${hostId}::uuid
      returning seat`,
  ]);
  if (denied?.length !== 1) {
    await requireHost(services.db, sessionId, hostId);
    throw new NearcadeError('seat_claim_over');
  }
  await services.live.send([userId], { type: 'seat_denied', sessionId });
}

async function readClaim(services: Services, sessionId: string, userId: string) {
  const { rows } = await services.db.execute<ClaimRow>(sql`
    select member.role, member.seat, claim.seat as claimed, rule.turn_seconds is not null as timed,
      ${hostOf(sessionId)} as host, (
        select count(*)::int from ${seatClaims} as ahead
        join ${sessionMembers} as there on there.session_id = ahead.session_id and there.user_id = ahead.user_id and there.active
        where ahead.session_id = claim.session_id and ahead.seat = claim.seat
          and (not ahead.granted, ahead.asked_at, ahead.user_id) <= (not claim.granted, claim.asked_at, claim.user_id)
      ) as position
    from ${sessionMembers} as member
    left join ${seatClaims} as claim on claim.session_id = member.session_id and claim.user_id = member.user_id
    left join ${sessionSeats} as rule on rule.session_id = claim.session_id and rule.seat = claim.seat
    where member.session_id = ${sessionId}::uuid and member.user_id = ${userId}::uuid and member.active`);
  return rows[0];
}

async function whyNot(services: Services, sessionId: string, userId: string): Promise<NearcadeError> {
  const member = await membershipOf(services.db, sessionId, userId);
  if (member === undefined) return new NearcadeError('session_not_found');
  const { endReason } = member.session;
  if (endReason !== null) return new NearcadeError('session_over', undefined, { details: { endReason } });
  if (!member.active) return new NearcadeError('session_not_found', 'You have left this session');
  const current = await currentMembership(services.db, userId);
  if (current?.role === 'player' && current.session.id !== sessionId) {
    return new NearcadeError('already_in_session', undefined, { details: { sessionId: current.session.id } });
  }
  return new NearcadeError('seats_taken');
}
