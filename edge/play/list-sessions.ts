import { and, desc, eq, isNull, type SQL, sql } from 'drizzle-orm';
import { z } from 'zod';
import { decodeCursor, toPage } from '#edge/store/cursor.ts';
import type { Database } from '#edge/store/database.ts';
import { nodes, sessionMembers, sessions } from '#edge/store/schema.ts';
import type { AdminSession, sessionsQuerySchema } from '#shared/api/admin-fleet.ts';
import type { Page } from '#shared/api/page.ts';
import { momentSchema } from '#shared/api/time.ts';
import { NearcadeError } from '#shared/errors.ts';
import type { EndReason, SessionState } from '#shared/lifecycles.ts';

const cursorSchema = z.tuple([momentSchema, z.uuid()]);

/** Members of each kind that are in it now. */
const members = (role: string) => sql<number>`(
  select count(*)::int from ${sessionMembers} as member
  where member.session_id = ${sessions.id} and member.active and member.role = ${role})`;

/** Sessions, newest first. Throws `invalid_request` for a cursor that is none of ours. */
export async function listSessions(
  db: Database,
  { cursor, limit, state, game, region, node }: z.output<typeof sessionsQuerySchema>,
): Promise<Page<AdminSession>> {
  const after = decodeCursor(cursorSchema, cursor);
  const rows = await selectForOperators(db)
    .where(
      and(
        state === 'live'
          ? isNull(sessions.endedAt)
          : state === undefined
            ? undefined
            : eq(sessions.state, state),
        game === undefined ? undefined : eq(sessions.game, game),
        region === undefined ? undefined : eq(nodes.region, region),
        node === undefined ? undefined : eq(sessions.nodeId, node),
        after === undefined ? undefined : isBefore(after),
      ),
    )
    .orderBy(desc(sessions.createdAt), desc(sessions.id))
    .limit(limit + 1);
  return toPage(rows.map(toAdminSession), limit, session => [session.createdAt, session.id]);
}

const isBefore = ([at, id]: z.output<typeof cursorSchema>): SQL =>
  sql`(${sessions.createdAt}, ${sessions.id}) < (${at}::timestamptz, ${id}::uuid)`;

/** What an operator changes of a session. Throws `session_not_found`. */
export async function stateOfSession(
  db: Database,
  id: string,
): Promise<{ state: SessionState; endReason: EndReason | null }> {
  const [found] = await db
    .select({ state: sessions.state, endReason: sessions.endReason })
    .from(sessions)
    .where(eq(sessions.id, id));
  if (found === undefined) throw new NearcadeError('session_not_found');
  return found;
}

function selectForOperators(db: Database) {
  return db
    .select({
      id: sessions.id,
      game: sessions.game,
      gameVersion: sessions.gameVersion,
      state: sessions.state,
      endReason: sessions.endReason,
      region: nodes.region,
      nodeId: sessions.nodeId,
      ownerId: sessions.ownerId,
      roomNumber: sessions.roomNumber,
      players: members('player'),
      spectators: members('spectator'),
      /** To the microsecond: a cursor made of it loses nothing. */
      createdAt: sql<string>`to_char(${sessions.createdAt} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`,
      startedAt: sessions.startedAt,
      endedAt: sessions.endedAt,
    })
    .from(sessions)
    .leftJoin(nodes, eq(nodes.id, sessions.nodeId));
}

type Row = Awaited<ReturnType<typeof selectForOperators>>[number];

const toAdminSession = (row: Row): AdminSession => ({
  ...row,
  startedAt: row.startedAt?.toISOString() ?? null,
  endedAt: row.endedAt?.toISOString() ?? null,
});
