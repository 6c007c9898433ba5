import type { Services } from '#edge/services.ts';
import { mayDisturb } from '#edge/social/friends/friends.ts';
import { NearcadeError } from '#shared/errors.ts';
import { admitByHost, requireInRoom } from './rooms.ts';

/**
 * Asks a player to come into a session; nothing is kept but that a host's guest is listed as allowed. Throws as `requireInRoom`, or
 * `forbidden` to who has no seat or where one of the two has blocked the other.
 */
export async function inviteToRoom(
  services: Services,
  sessionId: string,
  from: { id: string; displayName: string },
  userId: string,
): Promise<void> {
  const { db, live } = services;
  const { role, session } = await requireInRoom(db, sessionId, from.id);
  if (role !== 'player') throw new NearcadeError('forbidden', 'Only players with a seat invite');
  if (!(await mayDisturb(db, from.id, userId))) {
    throw new NearcadeError('forbidden', "This player can't be invited");
  }
  await admitByHost(db, sessionId, from.id, userId);
  await live.send([userId], {
    type: 'invited',
    to: 'session',
    id: sessionId,
    code: session.inviteCode,
    title: session.gameTitle,
    from,
    expiresAt: null,
  });
}
