import { type SQL, sql } from 'drizzle-orm';
import { signInHolds } from '#edge/accounts/sign-ins.ts';
import type { TokenKind } from '#edge/http/signing-keys.ts';
import type { Services } from '#edge/services.ts';
import type { Database } from '#edge/store/database.ts';
import { sessionMembers, sessions } from '#edge/store/schema.ts';
import type { AccessClaims } from '#shared/api/accounts.ts';
import type { Entry } from '#shared/api/play.ts';
import { NearcadeError } from '#shared/errors.ts';
import { RESERVATION_TTL_S, TICKET_TTL_S } from '#shared/limits.ts';
import { TICKET_ISSUER, TICKET_TYPE, type TicketClaims } from '#shared/ticket.ts';
import { type Membership, selectMembership } from './members.ts';
import { keepPlace } from './queue.ts';
import { placeOf } from './queue-places.ts';
import { isOpen, toSession } from './session-rows.ts';

/** Seconds after it was given its slot that a session nobody has reached may be held at most, by asking for tickets again. */
const RESERVATION_MAX_S = 60;

/** A player and their device as the access token tells: what a ticket needs. */
export type Player = Pick<AccessClaims, 'sub' | 'name' | 'sid'>;

/** The player's place in the session. Throws `session_not_found`, `session_over`, `forbidden`, or `unauthenticated` when the sign-in has ended. */
export async function admit(services: Services, player: Player, sessionId: string): Promise<Entry> {
  const { db } = services;
  const [signIn, [member]] = await db.batch([
    selectSignIn(db, player),
    selectMembership(db, sessionId, player.sub),
  ]);
  if (signIn.rows.length === 0) throw new NearcadeError('unauthenticated');
  return entryOf(services, player, member);
}

/**
 * The same for a player who is there, maybe on another device than before: that keeps the place in the queue or the reservation, and
 * the device that had the place is told. One round trip.
 */
export async function admitAgain(services: Services, player: Player, sessionId: string): Promise<Entry> {
  const { db, live } = services;
  const [signIn, , , taken, [member]] = await db.batch([
    selectSignIn(db, player),
    keepPlace(db, sessionId),
    extendReservation(db, sessionId),
    takePlaceOver(db, player, sessionId),
    selectMembership(db, sessionId, player.sub),
  ]);
  if (signIn.rows.length === 0) throw new NearcadeError('unauthenticated');
  const entry = await entryOf(services, player, member);
  if (taken.rows.length > 0) {
    await live.send([player.sub], { type: 'session_taken_over', sessionId, signInId: player.sid });
  }
  return entry;
}

/** A ticket, or the place in the queue, for who is in an open session. Throws like `admit`. */
export async function entryOf(
  services: Services,
  player: Player,
  member: Membership | undefined,
): Promise<Entry> {
  if (member === undefined) throw new NearcadeError('session_not_found');
  if (!isOpen(member.session)) throw overError(member);
  if (!member.active) throw new NearcadeError('forbidden', 'You have left this session: join it again');
  const { session, role, seat, host } = member;
  const place = { session: toSession(session), role, seat, host };
  if (session.state === 'queued') {
    const found = await placeOf(services.db, session.id);
    // Its turn has come meanwhile.
    if (found === undefined) return admit(services, player, session.id);
    return { kind: 'queued', ...place, ...found };
  }
  const { nodeId, signalUrl, slot, epoch } = session;
  if (nodeId === null || signalUrl === null || slot === null || epoch === null) {
    throw new NearcadeError('internal', `Session ${session.id} is ${session.state} without a slot`);
  }
  const { relay } = member;
  const ticket = await signTicket(
    services,
    player,
    member,
    relay ? { nodeId: relay.nodeId, origin: nodeId, slot, epoch } : { nodeId, slot, epoch },
  );
  const address = relay?.signalUrl ?? signalUrl;
  return { kind: 'admitted', ...place, ticket, ticketExpiresIn: TICKET_TTL_S, signalUrl: address };
}

export function overError({ session }: Membership): NearcadeError {
  const expired = session.state === 'queued' ? 'queue_left' : 'reservation_expired';
  return new NearcadeError('session_over', undefined, {
    details: { endReason: session.endReason ?? expired },
  });
}

/** Holds the slot a little longer for a player who asks for another ticket before they have reached the node. */
function extendReservation(db: Database, sessionId: string) {
  const later = (seconds: number): SQL => sql`make_interval(secs => ${seconds}::float8)`;
  return db.execute(sql`
    update ${sessions} set reserved_until = greatest(reserved_until, least(
      now() + ${later(RESERVATION_TTL_S)}, reserved_at + ${later(RESERVATION_MAX_S)}))
    where id = ${sessionId}::uuid and state = 'reserved' and reserved_until > now()`);
}

/** A row when the sign-in holds: no ticket for who was banned or signed out, though their access token has not run out. */
export function selectSignIn(db: Database, player: Player) {
  return db.execute(sql`select 1 where ${signInHolds(player)}`);
}

/** Notes the device that has the place, unless it was signed out; a row when it was another one. */
function takePlaceOver(db: Database, { sub, sid }: Player, sessionId: string) {
  return db.execute(sql`
    with mine as (
      select session_id, user_id, sign_in_id from ${sessionMembers}
      where session_id = ${sessionId}::uuid and user_id = ${sub}::uuid and active
        and sign_in_id is distinct from ${sid}::uuid and ${signInHolds({ sid })}
      for update
    ), noted as (
      update ${sessionMembers} as member set sign_in_id = ${sid}::uuid from mine
      where member.session_id = mine.session_id and member.user_id = mine.user_id
    )
    select 1 from mine where sign_in_id is not null`);
}

/** Signs what lets the member in at a node: a ticket, or by `type` and `seconds` something that lives longer. */
export async function signTicket(
  services: Services,
  player: Pick<Player, 'sub' | 'name'>,
  { session, role, seat, host, rights }: Pick<Membership, 'session' | 'role' | 'seat' | 'host' | 'rights'>,
  /** `origin`: the session's node, when `nodeId` is its relay. */
  {
    nodeId,
    ...held
  }: { nodeId: string; slot: number; epoch: number } & Pick<TicketClaims, 'origin' | 'whep' | 'region'>,
  { type, seconds }: { type: string; seconds: number } = { type: TICKET_TYPE, seconds: TICKET_TTL_S },
): Promise<string> {
  const kind: TokenKind = { type, issuer: TICKET_ISSUER, audience: nodeId };
  const claims: Omit<TicketClaims, 'iss' | 'aud' | 'sub' | 'iat' | 'exp'> = {
    jti: crypto.randomUUID(),
    sessionId: session.id,
    ...held,
    role,
    seat,
    host,
    ownerId: session.ownerId,
    seating: session.seating,
    rights,
    // Who only watches has a picture of their own, which costs a fraction.
    ...(role === 'player' ? { quality: services.settings.PICTURE_BOUNDS } : {}),
    displayName: player.name,
    game: session.game,
    gameVersion: session.gameVersion,
  };
  return services.keys.sign(kind, player.sub, claims, { now: services.now(), seconds });
}
