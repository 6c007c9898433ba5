import type { Services } from '#edge/services.ts';
import { friendIdsOf } from '#edge/social/friends/friends.ts';
import { type Hints, orUnavailable } from '#edge/store/hints.ts';
import { redisKey } from '#edge/store/keys.ts';
import { type Presence, presenceSchema } from '#shared/api/presence.ts';
import { PRESENCE_TTL_S } from '#shared/limits.ts';

export function offline(userId: string): Presence {
  return { userId, status: 'offline', sessionId: null, game: null, joinable: false, since: null };
}

/**
 * Where these players are, in their order, by one command; offline is of whom Redis knows nothing. For those whom the caller
 * may see: friends, or members of the caller's party or club. Throws `unavailable` without Redis.
 */
export async function presencesOf(
  { hints }: Pick<Services, 'hints'>,
  userIds: readonly string[],
): Promise<Presence[]> {
  if (userIds.length === 0) return [];
  const stored = await orUnavailable('Presence', () =>
    hints.mget<unknown[]>(...userIds.map(userId => redisKey.presence(userId))),
  );
  return userIds.map((userId, index) => presenceSchema.safeParse(stored[index]).data ?? offline(userId));
}

/** Where those of `ids` are whom the user may see: friends, and the user. Throws `unavailable` without Redis. */
export async function visiblePresences(
  services: Services,
  userId: string,
  ids: readonly string[],
): Promise<Presence[]> {
  const [presences, friendIds] = await Promise.all([
    presencesOf(services, [...new Set(ids)]),
    friendIdsOf(services.db, userId),
  ]);
  const visible = new Set([...friendIds, userId]);
  return presences.filter(presence => visible.has(presence.userId));
}

/** Puts it where `presencesOf` reads it, for PRESENCE_TTL_S. Offline takes it away. One command. */
export async function writePresence(hints: Hints, presence: Presence): Promise<void> {
  const key = redisKey.presence(presence.userId);
  if (presence.status === 'offline') await hints.del(key);
  else await hints.set(key, presence, { ex: PRESENCE_TTL_S });
}
