import { and, asc, eq, gt } from 'drizzle-orm';
import { z } from 'zod';
import { profilesOf } from '#edge/accounts/profiles.ts';
import type { Services } from '#edge/services.ts';
import { decodeCursor, toPage } from '#edge/store/cursor.ts';
import { friendLinks } from '#edge/store/schema.ts';
import type { Friend } from '#shared/api/friends.ts';
import type { Page } from '#shared/api/page.ts';
import type { FriendState } from '#shared/lifecycles/social.ts';
import { presencesIfAny } from '../presences.ts';

const cursorSchema = z.tuple([z.uuid()]);

export interface FriendQuery {
  state: Exclude<FriendState, 'none'>;
  cursor?: string | undefined;
  limit: number;
}

/** The players to whom the user stands in `state`, in an order that stays. Throws `invalid_request` for an odd cursor. */
export async function listFriends(
  services: Services,
  userId: string,
  { state, cursor, limit }: FriendQuery,
): Promise<Page<Friend>> {
  const after = decodeCursor(cursorSchema, cursor)?.[0];
  const rows = await services.db
    .select({ otherId: friendLinks.otherId, since: friendLinks.since })
    .from(friendLinks)
    .where(
      and(
        eq(friendLinks.userId, userId),
        eq(friendLinks.state, state),
        after === undefined ? undefined : gt(friendLinks.otherId, after),
      ),
    )
    .orderBy(asc(friendLinks.otherId))
    .limit(limit + 1);
  const { items, nextCursor } = toPage(rows, limit, row => [row.otherId]);
  const ids = items.map(row => row.otherId);
  const [profiles, presences] = await Promise.all([
    profilesOf(services.db, ids),
    state === 'friends' ? presencesIfAny(services, ids) : undefined,
  ]);
  return {
    items: items.map(({ otherId, since }) => ({
      user: { id: otherId, displayName: profiles.get(otherId)?.displayName ?? '' },
      state,
      since: since.toISOString(),
      presence: presences?.get(otherId) ?? null,
    })),
    nextCursor,
  };
}
