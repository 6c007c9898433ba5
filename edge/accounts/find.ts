import { and, desc, eq, lt, or, type SQL, sql } from 'drizzle-orm';
import { z } from 'zod';
import { decodeCursor, toPage } from '#edge/store/cursor.ts';
import type { Database } from '#edge/store/database.ts';
import { signIns, users } from '#edge/store/schema.ts';
import type { Page } from '#shared/api/page.ts';
import type { AccountRole } from '#shared/roles.ts';
import { notBanned, publicUser } from './users.ts';

/** What operators see of an account. */
export interface AccountState {
  id: string;
  email: string | null;
  emailVerified: boolean;
  displayName: string;
  role: AccountRole;
  guest: boolean;
  createdAt: Date;
  deletedAt: Date | null;
  /** The ban as of now: one that has run out is none. */
  banned: boolean;
  bannedUntil: Date | null;
  banReason: string | null;
  /** Sign-ins that have not ended. */
  signIns: number;
  lastUsedAt: Date | null;
}

const accountState = {
  ...publicUser,
  createdAt: users.createdAt,
  deletedAt: users.deletedAt,
  banned: sql<boolean>`not ${notBanned}`,
  bannedUntil: users.bannedUntil,
  banReason: users.banReason,
  signIns: sql<number>`(select count(*)::int from ${signIns} where user_id = ${users}.id and ended_at is null)`,
  lastUsedAt:
    sql<Date | null>`(select max(last_used_at) from ${signIns} where user_id = ${users}.id)`.mapWith(
      signIns.lastUsedAt,
    ),
};

/**
 * Accounts by id, or by the beginning of their e-mail address or name, whatever the letters' case; the newest first. Every
 * account for an empty query. Throws `invalid_request` for a cursor that is none of ours.
 */
export async function findUsers(
  db: Database,
  query: string,
  { cursor, limit }: { cursor?: string | undefined; limit: number },
): Promise<Page<AccountState>> {
  const after = decodeCursor(z.tuple([z.uuid()]), cursor)?.[0];
  const rows = await db
    .select(accountState)
    .from(users)
    .where(and(matches(query.trim()), after === undefined ? undefined : lt(users.id, after)))
    .orderBy(desc(users.id))
    .limit(limit + 1);
  return toPage(rows, limit, row => [row.id]);
}

/** One account, also a deleted one; undefined when there never was one. */
export async function stateOfAccount(db: Database, id: string): Promise<AccountState | undefined> {
  const [found] = await db.select(accountState).from(users).where(eq(users.id, id));
  return found;
}

function matches(query: string): SQL | undefined {
  if (query === '') return undefined;
  if (z.uuid().safeParse(query).success) return eq(users.id, query);
  const prefix = `${query.toLowerCase().replaceAll(/[\\%_]/g, character => `\\${character}`)}%`;
  return or(sql`${users.email} like ${prefix}`, sql`lower(${users.displayName}) like ${prefix}`);
}
