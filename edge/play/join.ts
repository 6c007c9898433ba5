import { and, eq, isNull, type SQL, sql } from 'drizzle-orm';
import { signInHolds } from '#edge/accounts/sign-ins.ts';
import type { IdempotentRequest } from '#edge/http/idempotency.ts';
import type { Services } from '#edge/services.ts';
import { isTableOfOthers } from '#edge/social/clubs/tables.ts';
import { isAllowed, isBarred, isOpenTo } from '#edge/social/rooms/entry.ts';
import { type Database, violatedUnique } from '#edge/store/database.ts';
import { resultOfRequest } from '#edge/store/requests.ts';
import { idempotencyKeys, sessionMembers, sessions } from '#edge/store/schema.ts';
import type { Entry } from '#shared/api/play.ts';
import { NearcadeError } from '#shared/errors.ts';
import type { Role } from '#shared/ticket.ts';
import { admit, type Player } from './admission.ts';
import { currentMembership } from './members.ts';
import { estimatedRtts, type Place } from './regions.ts';
import { wayForSpectator } from './relays.ts';
import { waitingFor } from './seats/statements.ts';

export type SessionAddress =
  | { sessionId: string }
  | { roomNumber: string }
  | { inviteCode: string }
  | { groupKey: string };

/**
 * Takes the lowest free seat, or a spectator's place, and answers a ticket. Who is in already gets the place they have;
 * a spectator may become a player. Throws `session_not_found`, `session_over`, `room_barred`, `room_closed`,
 * `seats_taken`, `seat_needs_host`, `spectators_full`,
 * `already_in_session` (another one; details.sessionId), `unauthenticated` to who was signed out, or `idempotency_key_reused`.
 */
export async function joinSession(
  services: Services,
  player: Player,
  address: SessionAddress,
  role: Role,
  idempotency: IdempotentRequest,
  place?: Place,
): Promise<Entry> {
  const earlier = await resultOfRequest(services.db, idempotency);
  if (earlier !== undefined) return admit(services, player, earlier);
  const sessionId = await findSession(services.db, address);
  const costs = estimatedRtts(place);
  if (!(await claimPlace(services.db, sessionId, player, role, { idempotency, costs }))) {
    // Also answers `session_over`, and who holds the same key for another request.
    const done = await resultOfRequest(services.db, idempotency);
    if (done === undefined) throw await refusal(services.db, sessionId, player, role);
  }
  return admit(services, player, sessionId);
}

/** Gives a spectator who left, or whose relay is gone, a place again, if there is one. Throws `spectators_full` or `room_barred`. */
export async function returnSpectator(
  db: Database,
  sessionId: string,
  player: Player,
  place?: Place,
): Promise<void> {
  if (!(await claimPlace(db, sessionId, player, 'spectator', { costs: estimatedRtts(place) })))
    throw await refusal(db, sessionId, player, 'spectator');
}

async function findSession(db: Database, address: SessionAddress): Promise<string> {
  if ('sessionId' in address) return address.sessionId;
  const [found] = await db.select({ id: sessions.id }).from(sessions).where(whereIs(address));
  if (found === undefined) throw new NearcadeError('session_not_found');
  return found.id;
}

function whereIs(address: Exclude<SessionAddress, { sessionId: string }>) {
  if ('inviteCode' in address) return eq(sessions.inviteCode, address.inviteCode);
  const open = isNull(sessions.endedAt);
  if ('groupKey' in address) return and(eq(sessions.groupKey, address.groupKey), open);
  return and(eq(sessions.roomNumber, address.roomNumber), open);
}

/**
 * One transaction. The session's row is locked first, so that joins of one session take turns and none comes after its
 * end; each statement of a READ COMMITTED transaction then sees what the ones before it in line have done.
 */
async function claimPlace(
  db: Database,
  sessionId: string,
  player: Comer,
  role: Role,
  { idempotency, costs }: { idempotency?: IdempotentRequest; costs: Readonly<Record<string, number>> },
): Promise<boolean> {
  const { sub: userId } = player;
  const lock = db.execute(sql`select 1 from ${sessions} where id = ${sessionId}::uuid for update`);
  const claim = db.execute(
    role === 'player' ? claimSeat(sessionId, player) : claimSpectator(sessionId, player, costs),
  );
  const member = sql`from ${sessionMembers} where session_id = ${sessionId}::uuid and user_id = ${userId}::uuid and active`;
  const result = db.execute(sql`select 1 ${member}`);
  try {
    if (idempotency === undefined) return (await db.batch([lock, claim, result]))[2].rows.length === 1;
    const note = db.execute(sql`
      insert into ${idempotencyKeys} (user_id, key, request_hash, resource_id)
      select ${userId}::uuid, ${idempotency.key}::text, ${idempotency.requestHash}::text, session_id ${member}`);
    return (await db.batch([lock, claim, result, note]))[2].rows.length === 1;
  } catch (error) {
    const constraint = violatedUnique(error);
    // The same request at the same moment has won.
    if (constraint === 'idempotency_keys_user_id_key_pk') return false;
    if (constraint !== 'session_members_one_seat') throw error;
    const current = await currentMembership(db, userId);
    const details = current === undefined ? {} : { sessionId: current.session.id };
    throw new NearcadeError('already_in_session', undefined, { details });
  }
}

const takePlace = sql`
  on conflict (session_id, user_id)
  do update set role = excluded.role, seat = excluded.seat, active = true, claimed_at = now(),
    sign_in_id = excluded.sign_in_id, relay_node_id = excluded.relay_node_id, left_at = null, away_since = null`;

/** Who comes, and by which sign-in. */
type Comer = Pick<Player, 'sub' | 'sid'>;

/** The session if it goes on and its room lets the player in, whose sign-in has not ended. */
const liveSession = (sessionId: string, { sub: userId, sid }: Comer): SQL => sql`
  ${sessions} as session
  where session.id = ${sessionId}::uuid and session.ended_at is null and ${signInHolds({ sid })}
    and not ${isBarred(sessionId, userId)} and not ${isClosedTo(sessionId, userId)}
    and (session.state <> 'reserved' or session.reserved_until > now())
    and (session.state <> 'queued' or session.wait_until > now())`;

/**
 * Its room is closed to somebody who has not been in it: by its host, or as a club's table to whom the host has not listed and who
 * is no member.
 */
const isClosedTo = (sessionId: string, userId: string): SQL => {
  const groupKey = sql`(select group_key from ${sessions} where id = ${sessionId}::uuid)`;
  return sql`
    ((not ${isOpenTo(sessionId, userId)}
      or (${isTableOfOthers(groupKey, userId)} and not ${isAllowed(sessionId, userId)}))
    and not exists (
      select 1 from ${sessionMembers} as known
      where known.session_id = ${sessionId}::uuid and known.user_id = ${userId}::uuid))`;
};

const isActivePlayer = (sessionId: string, userId: string): SQL => sql`
  exists (select 1 from ${sessionMembers} as mine
    where mine.session_id = ${sessionId}::uuid and mine.user_id = ${userId}::uuid
      and mine.active and mine.role = 'player')`;

/** A seat is free to take for all, or for who plays with a group or was asked to come by the host. */
const mayTakeSeat = (sessionId: string, userId: string): SQL => sql`
  (session.open_seats or session.group_key is not null or ${isAllowed(sessionId, userId)})`;

function claimSeat(sessionId: string, player: Comer): SQL {
  const { sub: userId, sid: signInId } = player;
  return sql`
    with live as (
      select session.id, session.seats from ${liveSession(sessionId, player)} and ${mayTakeSeat(sessionId, userId)}),
    free as (
      select seat from live, generate_series(1, live.seats) as seat
      where not exists (
        select 1 from ${sessionMembers} as taken
        where taken.session_id = live.id and taken.active and taken.seat = seat.seat)
        and seat.seat not in (select seat from (${waitingFor(sessionId)}) as waiting)
      order by seat limit 1
    )
    insert into ${sessionMembers} (session_id, user_id, role, seat, sign_in_id)
    select live.id, ${userId}::uuid, 'player', free.seat, ${signInId}::uuid from live, free
    where not ${isActivePlayer(sessionId, userId)}
    ${takePlace}`;
}

function claimSpectator(sessionId: string, player: Comer, costs: Readonly<Record<string, number>>): SQL {
  const { sub: userId, sid: signInId } = player;
  return sql`
    with live as (
      select session.id, session.node_id from ${liveSession(sessionId, player)}
        and not ${isActivePlayer(sessionId, userId)}),
    ${wayForSpectator(userId, costs)}
    insert into ${sessionMembers} (session_id, user_id, role, seat, sign_in_id, relay_node_id)
    select live.id, ${userId}::uuid, 'spectator', null, ${signInId}::uuid, way.node from live, way
    ${takePlace}`;
}

async function refusal(
  db: Database,
  sessionId: string,
  { sub: userId, sid }: Comer,
  role: Role,
): Promise<NearcadeError> {
  const [session] = await db
    .select({
      signedIn: signInHolds({ sid }),
      endReason: sessions.endReason,
      over: sql<boolean>`${sessions.endedAt} is not null
        or (${sessions.state} = 'reserved' and ${sessions.reservedUntil} <= now())
        or (${sessions.state} = 'queued' and ${sessions.waitUntil} <= now())`,
      barred: sql<boolean>`${isBarred(sessionId, userId)}`,
      closed: sql<boolean>`${isClosedTo(sessionId, userId)}`,
      asks: sql<boolean>`not ${sessions.openSeats} and ${sessions.groupKey} is null
        and not ${isAllowed(sessionId, userId)}`,
    })
    .from(sessions)
    .where(eq(sessions.id, sessionId));
  if (session === undefined) return new NearcadeError('session_not_found');
  if (!session.signedIn) return new NearcadeError('unauthenticated');
  if (session.over) {
    const endReason = session.endReason ?? 'reservation_expired';
    return new NearcadeError('session_over', undefined, { details: { endReason } });
  }
  if (session.barred) return new NearcadeError('room_barred');
  if (session.closed) return new NearcadeError('room_closed');
  if (role === 'player' && session.asks) return new NearcadeError('seat_needs_host');
  return new NearcadeError(role === 'player' ? 'seats_taken' : 'spectators_full');
}
