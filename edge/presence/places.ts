import type { PresencePlace } from '#shared/api/presence.ts';

const RANK: Readonly<Record<PresencePlace['status'], number>> = { online: 0, watching: 1, playing: 2 };

/** Where a player is who says so on several devices: playing before watching before online; of equals the newest. */
export function placeOf(
  devices: readonly { place: PresencePlace; placedAt: number }[],
): PresencePlace | null {
  const [first] = devices.toSorted(
    (a, b) => RANK[b.place.status] - RANK[a.place.status] || b.placedAt - a.placedAt,
  );
  return first?.place ?? null;
}
