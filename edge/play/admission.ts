import { sql } from 'drizzle-orm';
import type { TokenKind } from '#edge/http/signing-keys.ts';
import type { Services } from '#edge/services.ts';
import { sessions } from '#edge/store/schema.ts';
import type { AccessClaims } from '#shared/api/accounts.ts';
import type { Admission } from '#shared/api/play.ts';
import { NearcadeError } from '#shared/errors.ts';
import { RESERVATION_TTL_S, TICKET_TTL_S } from '#shared/limits.ts';
import { TICKET_ISSUER, TICKET_TYPE, type TicketClaims } from '#shared/ticket.ts';
import { type Membership, membershipOf } from './members.ts';
import { isLive, toSession } from './session-rows.ts';

/** Seconds after its creation that a session nobody has reached may be held at most, by asking for tickets again. */
const RESERVATION_MAX_S = 60;

/** A player as their access token tells: what a ticket needs. */
export type Player = Pick<AccessClaims, 'sub' | 'name'>;

/** The player's place in the session with a fresh ticket. Throws `session_not_found`, `session_over` or `forbidden`. */
export async function admit(services: Services, player: Player, sessionId: string): Promise<Admission> {
  const member = await membershipOf(services.db, sessionId, player.sub);
  if (member === undefined) throw new NearcadeError('session_not_found');
  if (!isLive(member.session)) throw overError(member);
  if (!member.active) throw new NearcadeError('forbidden', 'You have left this session: join it again');
  return {
    session: toSession(member.session),
    role: member.role,
    seat: member.seat,
    ticket: await signTicket(services, player, member),
    ticketExpiresIn: TICKET_TTL_S,
    signalUrl: member.session.signalUrl,
  };
}

export function overError({ session }: Membership): NearcadeError {
  const endReason = session.endReason ?? 'reservation_expired';
  return new NearcadeError('session_over', undefined, { details: { endReason } });
}

/** Holds the slot a little longer for a player who asks for another ticket before they have reached the node. */
export async function extendReservation({ db }: Services, sessionId: string): Promise<void> {
  await db.execute(sql`
    update ${sessions} set reserved_until = least(
      now() + make_interval(secs => ${RESERVATION_TTL_S}::float8),
      greatest(reserved_until, created_at + make_interval(secs => ${RESERVATION_MAX_S}::float8)))
    where id = ${sessionId}::uuid and state = 'reserved' and reserved_until > now()`);
}

async function signTicket(services: Services, player: Player, member: Membership): Promise<string> {
  const { session } = member;
  const kind: TokenKind = { type: TICKET_TYPE, issuer: TICKET_ISSUER, audience: session.nodeId };
  const claims: Omit<TicketClaims, 'iss' | 'aud' | 'sub' | 'iat' | 'exp'> = {
    jti: crypto.randomUUID(),
    sessionId: session.id,
    epoch: session.epoch,
    slot: session.slot,
    role: member.role,
    seat: member.seat,
    displayName: player.name,
    game: session.game,
    gameVersion: session.gameVersion,
  };
  return services.keys.sign(kind, player.sub, claims, { now: services.now(), seconds: TICKET_TTL_S });
}
