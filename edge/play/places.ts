import { type SQL, sql } from 'drizzle-orm';
import type { Services } from '#edge/services.ts';
import type { Database } from '#edge/store/database.ts';
import { seatOffers, sessionMembers, sessions } from '#edge/store/schema.ts';
import type { Entry } from '#shared/api/play.ts';
import { type PlaceChange, SEAT_OFFER_S } from '#shared/api/seats.ts';
import { NearcadeError } from '#shared/errors.ts';
import { admitAgain, type Player } from './admission.ts';
import { hostOf } from './roster.ts';
import { changeSeats } from './seats/change.ts';
import { becomesSpectator } from './seats/statements.ts';

/**
 * Gives a member another seat or role: in Postgres, then on the node, where they have it without coming anew. Throws `forbidden` (not the
 * host, or about the host), `session_not_found` (also when they are not in it), `seats_taken`, or `already_in_session` when they have a
 * seat elsewhere.
 */
export async function changePlace(
  services: Services,
  hostId: string,
  sessionId: string,
  userId: string,
  change: PlaceChange,
): Promise<void> {
  const may = sql`${isMemberOf(sessionId, userId)} and ${isFromHost(hostId, userId)}`;
  const [moved] = await changeSeats(services, sessionId, [
    change.role === 'spectator'
      ? sql`
        update ${sessionMembers} as member set ${becomesSpectator} from ${sessions} as session
        where ${may} returning member.user_id`
      : sql`
        update ${sessionMembers} as member
        set role = 'player', seat = wish.seat, claimed_at = now(), moved = true
        from ${sessions} as session, lateral (select ${seatWanted(change.seat)} as seat) as wish
        where ${may} and wish.seat <= session.seats returning member.user_id`,
  ]);
  if (moved?.length !== 1) throw await refusal(services.db, hostId, sessionId, userId);
}

/** Offers a seat to a spectator, who has SEAT_OFFER_S to take it. Throws like `changePlace`. */
export async function offerSeat(
  services: Services,
  host: Player,
  sessionId: string,
  userId: string,
  seat: number | undefined,
): Promise<{ seat: number; expiresAt: string }> {
  const { rows } = await services.db.execute<{ seat: number; ms: number }>(sql`
    insert into ${seatOffers} (session_id, user_id, seat, expires_at)
    select session.id, member.user_id, wish.seat, now() + make_interval(secs => ${SEAT_OFFER_S}::float8)
    from ${sessions} as session, ${sessionMembers} as member, lateral (select ${seatWanted(seat)} as seat) as wish
    where ${isMemberOf(sessionId, userId)} and ${isFromHost(host.sub, userId)} and member.role = 'spectator'
      and wish.seat <= session.seats and not exists (
        select 1 from ${sessionMembers} as taken
        where taken.session_id = session.id and taken.active and taken.seat = wish.seat)
    on conflict (session_id, user_id) do update set seat = excluded.seat, expires_at = excluded.expires_at
    returning seat, floor(extract(epoch from expires_at) * 1000)::float8 as ms`);
  const [offer] = rows;
  if (offer === undefined) throw await refusal(services.db, host.sub, sessionId, userId);
  const expiresAt = new Date(offer.ms).toISOString();
  const from = { id: host.sub, displayName: host.name };
  await services.live.send([userId], { type: 'seat_offered', sessionId, seat: offer.seat, from, expiresAt });
  return { seat: offer.seat, expiresAt };
}

/** Throws `seat_offer_over`, `seats_taken` (somebody was faster) or `already_in_session`. */
export async function acceptSeat(services: Services, player: Player, sessionId: string): Promise<Entry> {
  const [moved] = await changeSeats(services, sessionId, [
    sql`
      with offer as (
        delete from ${seatOffers} where session_id = ${sessionId}::uuid and user_id = ${player.sub}::uuid
        returning seat, expires_at > now() as holds
      )
      update ${sessionMembers} as member set role = 'player', seat = offer.seat, claimed_at = now(), moved = true
      from offer, ${sessions} as session
      where ${isMemberOf(sessionId, player.sub)} and offer.holds and member.role = 'spectator'
      returning member.user_id`,
  ]);
  if (moved?.length !== 1) throw new NearcadeError('seat_offer_over');
  return admitAgain(services, player, sessionId);
}

/** Does nothing when there is no offer. */
export async function declineSeat({ db }: Services, userId: string, sessionId: string): Promise<void> {
  await db.execute(sql`
    delete from ${seatOffers} where session_id = ${sessionId}::uuid and user_id = ${userId}::uuid`);
}

/** That seat, or the lowest free one, as an expression over `session`; null when none is free. */
function seatWanted(seat: number | undefined): SQL {
  if (seat !== undefined) return sql`${seat}::int`;
  return sql`(
    select min(free.seat) from generate_series(1, session.seats) as free(seat) where not exists (
      select 1 from ${sessionMembers} as taken
      where taken.session_id = session.id and taken.active and taken.seat = free.seat))`;
}

const isMemberOf = (sessionId: string, userId: string) => sql`
  session.id = ${sessionId}::uuid and session.ended_at is null
  and member.session_id = session.id and member.user_id = ${userId}::uuid and member.active`;

/** The host decides about others; their own seat they release or hand over. */
const isFromHost = (hostId: string, userId: string) => sql`
  ${hostOf(sql`session.id`)} = ${hostId}::uuid and ${hostId} <> ${userId}`;

async function refusal(
  db: Database,
  hostId: string,
  sessionId: string,
  userId: string,
): Promise<NearcadeError> {
  const { rows } = await db.execute<{ is_host: boolean | null; is_in: boolean }>(sql`
    select ${hostOf(sessionId)} = ${hostId}::uuid as is_host, exists (
      select 1 from ${sessionMembers} as member
      where member.session_id = ${sessionId}::uuid and member.user_id = ${userId}::uuid and member.active) as is_in`);
  if (rows[0]?.is_in !== true) return new NearcadeError('session_not_found', 'They are not in this session');
  if (rows[0].is_host !== true) return new NearcadeError('forbidden', 'Only its host gives seats');
  if (hostId === userId) return new NearcadeError('forbidden', 'Release your own seat, or hand it over');
  return new NearcadeError('seats_taken');
}
