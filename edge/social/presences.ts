import { presencesOf } from '#edge/presence/presence.ts';
import type { Services } from '#edge/services.ts';
import type { Presence } from '#shared/api/presence.ts';

/** Where these players are, by id. For those whom the caller may see. Throws `unavailable` without Redis. */
export async function presencesById(
  services: Services,
  userIds: readonly string[],
): Promise<Map<string, Presence>> {
  const presences = await presencesOf(services, userIds);
  return new Map(presences.map(presence => [presence.userId, presence]));
}

/** The same, or undefined without Redis: what is shown beside it goes on. */
export async function presencesIfAny(
  services: Services,
  userIds: readonly string[],
): Promise<Map<string, Presence> | undefined> {
  return presencesById(services, userIds).catch(() => undefined);
}
