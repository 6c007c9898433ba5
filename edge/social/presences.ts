import type { Services } from '#edge/services.ts';
import { orUnavailable } from '#edge/store/hints.ts';
import { redisKey } from '#edge/store/keys.ts';
import { type Presence, presenceSchema } from '#shared/api/presence.ts';

/** Where these players are, by id; who is offline is missing. For those whom the caller may see. Throws `unavailable` without Redis. */
export async function presencesById(
  services: Services,
  userIds: readonly string[],
): Promise<Map<string, Presence>> {
  if (userIds.length === 0) return new Map();
  const stored = await orUnavailable('Presence', () =>
    services.hints.mget<unknown[]>(...userIds.map(userId => redisKey.presence(userId))),
  );
  const known = stored.flatMap(value => presenceSchema.safeParse(value).data ?? []);
  return new Map(known.map(presence => [presence.userId, presence]));
}

/** The same, or undefined without Redis: what is shown beside it goes on. */
export async function presencesIfAny(
  services: Services,
  userIds: readonly string[],
): Promise<Map<string, Presence> | undefined> {
  return presencesById(services, userIds).catch(() => undefined);
}
