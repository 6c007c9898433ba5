import { inArray } from 'drizzle-orm';
import type { Database } from '#edge/store/database.ts';
import { users } from '#edge/store/schema.ts';

/** What players see of each other. */
export interface Profile {
  id: string;
  displayName: string;
  /** The account was deleted: nobody can be asked or invited under it any more. */
  deleted: boolean;
}

/** The profiles of those of `userIds` that exist, by id. */
export async function profilesOf(db: Database, userIds: readonly string[]): Promise<Map<string, Profile>> {
  if (userIds.length === 0) return new Map();
  const rows = await db
    .select({ id: users.id, displayName: users.displayName, deletedAt: users.deletedAt })
    .from(users)
    .where(inArray(users.id, [...new Set(userIds)]));
  return new Map(
    rows.map(({ id, displayName, deletedAt }) => [id, { id, displayName, deleted: deletedAt !== null }]),
  );
}
