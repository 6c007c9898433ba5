import type { Friend } from '#shared/api/friends.ts';
import type { Presence } from '#shared/api/presence.ts';

export type PresenceStatus = Presence['status'];

export const statusOf = (presence: Presence | null): PresenceStatus => presence?.status ?? 'offline';

/** Who is there first, then by name. */
export function friendsInOrder(friends: readonly Friend[]): Friend[] {
  const isAway = ({ presence }: Friend) => Number(statusOf(presence) === 'offline');
  return [...friends].sort(
    (one, other) => isAway(one) - isAway(other) || one.user.displayName.localeCompare(other.user.displayName),
  );
}
