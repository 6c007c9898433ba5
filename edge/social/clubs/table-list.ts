import { and, asc, eq } from 'drizzle-orm';
import type { Database } from '#edge/store/database.ts';
import { clubTables } from '#edge/store/schema.ts';
import type { ClubTable } from '#shared/api/clubs.ts';
import { MAX_CLUB_TABLES } from '#shared/clubs.ts';
import { NearcadeError } from '#shared/errors.ts';

type TableRow = typeof clubTables.$inferSelect;

/** The club's tables by number, each with what is played there. The caller has been found to be a member. */
export async function listTables(db: Database, clubId: string): Promise<ClubTable[]> {
  const rows = await db
    .select()
    .from(clubTables)
    .where(eq(clubTables.clubId, clubId))
    .orderBy(asc(clubTables.number))
    .limit(MAX_CLUB_TABLES);
  return withSessions(rows);
}

/** Throws `club_table_not_found`. */
export async function getTable(db: Database, clubId: string, tableId: string): Promise<ClubTable> {
  const rows = await db
    .select()
    .from(clubTables)
    .where(and(eq(clubTables.clubId, clubId), eq(clubTables.id, tableId)));
  const [table] = withSessions(rows);
  if (table === undefined) throw new NearcadeError('club_table_not_found');
  return table;
}

function withSessions(rows: readonly TableRow[]): ClubTable[] {
  return rows.map(({ id, clubId, number, game, seats, payer }) => ({
    id,
    clubId,
    number,
    game,
    seats,
    payer,
    session: null,
    freeSeats: seats,
  }));
}
