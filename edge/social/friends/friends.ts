import { and, eq, inArray, type SQL, type SQLWrapper, sql } from 'drizzle-orm';
import type { Database } from '#edge/store/database.ts';
import { friendLinks } from '#edge/store/schema.ts';

/** Everybody who is a friend of the user; bounded by MAX_FRIENDS. */
export async function friendIdsOf(db: Database, userId: string): Promise<string[]> {
  const rows = await db
    .select({ id: friendLinks.otherId })
    .from(friendLinks)
    .where(and(eq(friendLinks.userId, userId), eq(friendLinks.state, 'friends')));
  return rows.map(row => row.id);
}

/** Whether `from` may invite `to`, or otherwise ask something of them: false when either has blocked the other. */
export async function mayDisturb(db: Database, from: string, to: string): Promise<boolean> {
  const { rows } = await db.execute<{ free: boolean }>(
    sql`select not (${hasBlocked(from, to)} or ${hasBlocked(to, from)}) as free`,
  );
  return rows[0]?.free ?? false;
}

/** Those of `userIds` who have blocked the user. */
export async function blockersOf(
  db: Database,
  userId: string,
  userIds: readonly string[],
): Promise<Set<string>> {
  if (userIds.length === 0) return new Set();
  const rows = await db
    .select({ blocker: friendLinks.userId })
    .from(friendLinks)
    .where(
      and(
        eq(friendLinks.otherId, userId),
        eq(friendLinks.state, 'blocked'),
        inArray(friendLinks.userId, [...userIds]),
      ),
    );
  return new Set(rows.map(row => row.blocker));
}

/** As a condition of a statement: whether `blocker` has blocked `other`. Each a user's id or a column. */
export function hasBlocked(blocker: string | SQLWrapper, other: string | SQLWrapper): SQL {
  return sql`exists (
    select 1 from ${friendLinks} as block
    where block.user_id = ${blocker}::uuid and block.other_id = ${other}::uuid and block.state = 'blocked')`;
}

/** As a condition of a statement: whether two users are friends. Each a user's id or a column. */
export function areFriends(one: string | SQLWrapper, other: string | SQLWrapper): SQL {
  return sql`exists (
    select 1 from ${friendLinks} as friend
    where friend.user_id = ${one}::uuid and friend.other_id = ${other}::uuid and friend.state = 'friends')`;
}
