import { and, eq, isNull, type SQL, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import type { Database } from '#edge/store/database.ts';
import { clubStandings, clubs, clubTables } from '#edge/store/schema.ts';
import { NearcadeError } from '#shared/errors.ts';

/**
 * Assignment of an update of tables that the owner paid for: with another owner whoever sits down pays, since nobody spends the credits of
 * somebody who has not agreed to it.
 */
export const paidByHost: SQL = sql`payer = 'host'`;

/** What is played at a table. */
export interface TableForPlay {
  clubId: string;
  game: string;
  seats: number;
  /** Whose credits are held for it; null: those of the player who opens the session. */
  payerId: string | null;
}

const TABLE_PREFIX = 'table:';

/** Sessions of a table are grouped under this key: everybody who sits down gets the same one. */
export const tableGroupKey = (tableId: string) => `${TABLE_PREFIX}${tableId}`;

/** The tables among these groups, each once. */
export function tablesOf(groupKeys: ReadonlyArray<string | null>): string[] {
  const keys = groupKeys.filter(key => key?.startsWith(TABLE_PREFIX));
  return [...new Set(keys)].map(key => key?.slice(TABLE_PREFIX.length) ?? '');
}

/** As a condition: whether a session's group is a club's table, and the player no member of that club. */
export const isTableOfOthers = (groupKey: SQL, userId: string): SQL => sql`
  (coalesce(${groupKey}, '') like 'table:%' and not exists (
    select 1 from ${clubTables} as club_table
    join ${clubStandings} as mine on mine.club_id = club_table.club_id and mine.standing = 'member'
    where mine.user_id = ${userId}::uuid
      and club_table.id = (case when ${groupKey} like 'table:%' then substr(${groupKey}, 7)::uuid end)))`;

/** Throws `club_table_not_found`, also when its club was disbanded; `forbidden` to who is no member of the club. */
export async function tableForPlay(db: Database, tableId: string, userId: string): Promise<TableForPlay> {
  const mine = alias(clubStandings, 'mine');
  const owner = alias(clubStandings, 'owner');
  const [found] = await db
    .select({
      clubId: clubTables.clubId,
      game: clubTables.game,
      seats: clubTables.seats,
      payer: clubTables.payer,
      role: mine.role,
      ownerId: owner.userId,
    })
    .from(clubTables)
    .innerJoin(clubs, and(eq(clubs.id, clubTables.clubId), isNull(clubs.disbandedAt)))
    .innerJoin(owner, and(eq(owner.clubId, clubs.id), eq(owner.role, 'owner')))
    .leftJoin(mine, and(eq(mine.clubId, clubs.id), eq(mine.userId, userId)))
    .where(eq(clubTables.id, tableId));
  if (found === undefined) throw new NearcadeError('club_table_not_found');
  if (found.role === null) throw new NearcadeError('forbidden', 'This table is for members of its club');
  const { clubId, game, seats, payer, ownerId } = found;
  return { clubId, game, seats, payerId: payer === 'owner' ? ownerId : null };
}
