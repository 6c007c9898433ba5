import { type SQL, sql } from 'drizzle-orm';
import { orderNode } from '#edge/fleet/orders.ts';
import type { Services } from '#edge/services.ts';
import { type Database, violatedUnique } from '#edge/store/database.ts';
import { seatOffers, sessionMembers, sessions } from '#edge/store/schema.ts';
import type { Entry } from '#shared/api/play.ts';
import { type PlaceChange, SEAT_OFFER_S } from '#shared/api/seats.ts';
import { NearcadeError } from '#shared/errors.ts';
import type { Role } from '#shared/ticket.ts';
import { admitAgain, type Player } from './admission.ts';
import { hostOf, rosterOf } from './roster.ts';

type Moved = { user_id: string; node_id: string | null; role: Role; seat: number | null };

/**
 * Gives a member another seat or role: in Postgres, then to the node, which has them come back to it. Throws `forbidden` (not the host, or about the
 * host), `session_not_found` (also when they are not in it), `seats_taken`, or `already_in_session` when they have a seat elsewhere.
 */
export async function changePlace(
  services: Services,
  hostId: string,
  sessionId: string,
  userId: string,
  change: PlaceChange,
): Promise<void> {
  const seat = change.role === 'spectator' ? sql`null::int` : seatWanted(change.seat);
  const moved = await move(
    services.db,
    sessionId,
    sql`
      update ${sessionMembers} as member set role = ${change.role}, seat = wish.seat, claimed_at = now()
      from ${sessions} as session, lateral (select ${seat} as seat) as wish
      where ${isMemberOf(sessionId, userId)} and ${isFromHost(hostId, userId)}
        and ${change.role === 'spectator' ? sql`true` : sql`wish.seat <= session.seats`}
      returning member.user_id, session.node_id, member.role, member.seat`,
  );
  if (moved === undefined) throw await refusal(services.db, hostId, sessionId, userId);
  await carryOut(services, sessionId, moved);
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
  const moved = await move(
    services.db,
    sessionId,
    sql`
      with offer as (
        delete from ${seatOffers} where session_id = ${sessionId}::uuid and user_id = ${player.sub}::uuid
        returning seat, expires_at > now() as holds
      )
      update ${sessionMembers} as member set role = 'player', seat = offer.seat, claimed_at = now()
      from offer, ${sessions} as session
      where ${isMemberOf(sessionId, player.sub)} and offer.holds and member.role = 'spectator'
      returning member.user_id, session.node_id, member.role, member.seat`,
  );
  if (moved === undefined) throw new NearcadeError('seat_offer_over');
  await carryOut(services, sessionId, moved);
  return admitAgain(services, player, sessionId);
}

/** Does nothing when there is no offer. */
export async function declineSeat({ db }: Services, userId: string, sessionId: string): Promise<void> {
  await db.execute(sql`
    delete from ${seatOffers} where session_id = ${sessionId}::uuid and user_id = ${userId}::uuid`);
}

/** Joins, moves and the end of a session take turns: its row is locked first. */
async function move(db: Database, sessionId: string, statement: SQL): Promise<Moved | undefined> {
  const lock = db.execute(sql`select 1 from ${sessions} where id = ${sessionId}::uuid for update`);
  try {
    const [, { rows }] = await db.batch([lock, db.execute<Moved>(statement)]);
    return rows[0];
  } catch (error) {
    const constraint = violatedUnique(error);
    if (constraint === 'session_members_seat') throw new NearcadeError('seats_taken');
    if (constraint === 'session_members_one_seat') throw new NearcadeError('already_in_session');
    throw error;
  }
}

async function carryOut(services: Services, sessionId: string, moved: Moved): Promise<void> {
  const { user_id: userId, node_id: nodeId, role, seat } = moved;
  const { db, live } = services;
  if (nodeId !== null)
    await orderNode(services, nodeId, { type: 'set_place', sessionId, userId, role, seat });
  const members = (await rosterOf(db, [sessionId])).map(member => member.userId);
  await Promise.all([
    live.send([userId], { type: 'place_changed', sessionId, role, seat }),
    live.send(members, { type: 'room_changed', sessionId }),
  ]);
}

/** That seat, or the lowest free one but the host's, as an expression over `session`; null when none is free. */
function seatWanted(seat: number | undefined): SQL {
  if (seat !== undefined) return sql`${seat}::int`;
  return sql`(
    select min(free.seat) from generate_series(2, session.seats) as free(seat) where not exists (
      select 1 from ${sessionMembers} as taken
      where taken.session_id = session.id and taken.active and taken.seat = free.seat))`;
}

const isMemberOf = (sessionId: string, userId: string) => sql`
  session.id = ${sessionId}::uuid and session.ended_at is null
  and member.session_id = session.id and member.user_id = ${userId}::uuid and member.active`;

/** The host decides about others; whoever has seat 1 keeps it. */
const isFromHost = (hostId: string, userId: string) => sql`
  ${hostOf(sql`session.id`)} = ${hostId}::uuid and ${hostId} <> ${userId} and member.seat is distinct from 1`;

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
  if (hostId === userId) return new NearcadeError('forbidden', 'The host keeps the first seat');
  return new NearcadeError('seats_taken');
}
