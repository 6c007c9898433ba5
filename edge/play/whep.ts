import { orderNode } from '#edge/fleet/orders.ts';
import type { Services } from '#edge/services.ts';
import type { WhepLink } from '#shared/api/play.ts';
import { NearcadeError } from '#shared/errors.ts';
import { WHEP_TOKEN, WHEP_TOKEN_TTL_S, whepUrl } from '#shared/whep.ts';
import { overError, type Player, selectSignIn, signTicket } from './admission.ts';
import { membershipOf, selectMembership } from './members.ts';
import { nearestRegion, type Place } from './regions.ts';
import { isOpen } from './session-rows.ts';

/**
 * A link to watch the session in a standard player, for who is in it as a player or a spectator: it shows what they see themselves. Throws
 * `session_not_found`, `session_over`, `forbidden` for who has left, `no_capacity` while it waits in line, or `unauthenticated`.
 */
export async function whepLink(
  services: Services,
  player: Player,
  sessionId: string,
  /** Where it was asked for. */
  where?: Place,
): Promise<WhepLink> {
  const { db } = services;
  const [signIn, [member]] = await db.batch([
    selectSignIn(db, player),
    selectMembership(db, sessionId, player.sub),
  ]);
  if (signIn.rows.length === 0) throw new NearcadeError('unauthenticated');
  if (member === undefined) throw new NearcadeError('session_not_found');
  if (!isOpen(member.session)) throw overError(member);
  if (!member.active) throw new NearcadeError('forbidden', 'You have left this session: join it again');
  const { session } = member;
  const { nodeId, signalUrl, slot, epoch } = session;
  if (nodeId === null || signalUrl === null || slot === null || epoch === null) {
    throw new NearcadeError('no_capacity', 'The session waits in line: there is nothing to see yet');
  }
  const lifetime = { type: WHEP_TOKEN.type, seconds: WHEP_TOKEN_TTL_S };
  const place = { session, role: 'spectator' as const, seat: null, host: false, rights: [] };
  return {
    url: whepUrl(signalUrl, sessionId),
    token: await signTicket(
      services,
      player,
      place,
      { nodeId, slot, epoch, region: nearestRegion(where) ?? undefined },
      lifetime,
    ),
    expiresAt: new Date(services.now().getTime() + WHEP_TOKEN_TTL_S * 1000).toISOString(),
  };
}

/**
 * Voids the player's links to the session and cuts off who watches by them; other members' links go on. Nothing happens to a session that is
 * over or waits in line: there are none. Throws `session_not_found`.
 */
export async function voidWhepLinks(services: Services, userId: string, sessionId: string): Promise<void> {
  const member = await membershipOf(services.db, sessionId, userId);
  if (member === undefined) throw new NearcadeError('session_not_found');
  const { nodeId } = member.session;
  if (!isOpen(member.session) || nodeId === null) return;
  await orderNode(services, nodeId, { type: 'void_links', sessionId, userId });
}
