import { and, asc, eq } from 'drizzle-orm';
import { profilesOf } from '#edge/accounts/profiles.ts';
import { liveSessionsByGroup } from '#edge/play/roster.ts';
import type { Database } from '#edge/store/database.ts';
import { clubTables } from '#edge/store/schema.ts';
import type { ClubTable } from '#shared/api/clubs.ts';
import { MAX_CLUB_TABLES } from '#shared/clubs.ts';
import { NearcadeError } from '#shared/errors.ts';
import { tableGroupKey } from './tables.ts';

type TableRow = typeof clubTables.$inferSelect;

/** The club's tables by number, each with what is played there. The caller has been found to be a member. */
export async function listTables(db: Database, clubId: string): Promise<ClubTable[]> {
  const rows = await db
    .select()
    .from(clubTables)
    .where(eq(clubTables.clubId, clubId))
    .orderBy(asc(clubTables.number))
    .limit(MAX_CLUB_TABLES);
  return withSessions(db, rows);
}

/** Throws `club_table_not_found`. */
export async function getTable(db: Database, clubId: string, tableId: string): Promise<ClubTable> {
  const rows = await db
    .select()
    .from(clubTables)
    .where(and(eq(clubTables.clubId, clubId), eq(clubTables.id, tableId)));
  const [table] = await withSessions(db, rows);
  if (table === undefined) throw new NearcadeError('club_table_not_found');
  return table;
}

async function withSessions(db: Database, rows: readonly TableRow[]): Promise<ClubTable[]> {
  const sessions = await liveSessionsByGroup(
    db,
    rows.map(row => tableGroupKey(row.id)),
  );
  const rosters = [...sessions.values()].flatMap(session => session.roster);
  const profiles = await profilesOf(
    db,
    rosters.map(entry => entry.userId),
  );
  return rows.map(({ id, clubId, number, game, seats, payer }) => {
    const session = sessions.get(tableGroupKey(id));
    const table = { id, clubId, number, game, seats, payer };
    if (session === undefined) return { ...table, session: null, freeSeats: seats };
    const players = session.roster.flatMap(({ userId, seat }) =>
      seat === null ? [] : [{ userId, displayName: profiles.get(userId)?.displayName ?? '', seat }],
    );
    return {
      ...table,
      session: {
        id: session.id,
        state: session.state,
        players,
        spectators: session.roster.length - players.length,
      },
      // As the session began: the table may have been changed meanwhile.
      freeSeats: Math.max(0, session.seats - players.length),
    };
  });
}
