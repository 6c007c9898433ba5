import { and, asc, eq, inArray, isNull, type SQLWrapper, sql } from 'drizzle-orm';
import type { Database } from '#edge/store/database.ts';
import { games, sessionMembers, sessions } from '#edge/store/schema.ts';
import { NearcadeError } from '#shared/errors.ts';
import type { SessionState } from '#shared/lifecycles.ts';
import type { Role } from '#shared/ticket.ts';
import { sessionColumns } from './session-rows.ts';

/** Somebody who is in a session now: seated, also while away from it, or watching. */
export interface RosterEntry {
  sessionId: string;
  userId: string;
  role: Role;
  seat: number | null;
}

/** Who is in these sessions, players by seat before spectators. */
export async function rosterOf(db: Database, sessionIds: readonly string[]): Promise<RosterEntry[]> {
  if (sessionIds.length === 0) return [];
  return db
    .select({
      sessionId: sessionMembers.sessionId,
      userId: sessionMembers.userId,
      role: sessionMembers.role,
      seat: sessionMembers.seat,
    })
    .from(sessionMembers)
    .where(and(inArray(sessionMembers.sessionId, [...sessionIds]), eq(sessionMembers.active, true)))
    .orderBy(sessionMembers.sessionId, asc(sessionMembers.seat), sessionMembers.claimedAt);
}

/** The session of a group that goes on, or waits in line, with who is in it. */
export interface GroupSession {
  id: string;
  state: SessionState;
  seats: number;
  roster: RosterEntry[];
}

/** The sessions that these groups play in now, by the group's key. A query, and another one when there are any. */
export async function liveSessionsByGroup(
  db: Database,
  groupKeys: readonly string[],
): Promise<Map<string, GroupSession>> {
  if (groupKeys.length === 0) return new Map();
  const rows = await db
    .select({ id: sessions.id, groupKey: sessions.groupKey, state: sessions.state, seats: sessions.seats })
    .from(sessions)
    .where(
      and(
        inArray(sessions.groupKey, [...groupKeys]),
        isNull(sessions.endedAt),
        sql`not (${sessionColumns.expired})`,
      ),
    );
  const roster = await rosterOf(
    db,
    rows.map(row => row.id),
  );
  return new Map(
    rows.map(({ id, groupKey, state, seats }) => [
      groupKey ?? '',
      { id, state, seats, roster: roster.filter(entry => entry.sessionId === id) },
    ]),
  );
}

type Id = string | SQLWrapper;

/** Subquery: `user_id` of the players who have a seat in the session. Empty when it is over. */
export const seatedIn = (sessionId: Id) => sql`
  select seated.user_id from ${sessionMembers} as seated join ${sessions} as held on held.id = seated.session_id
  where held.id = ${sessionId}::uuid and held.ended_at is null and seated.active and seated.role = 'player'`;

/**
 * Scalar: who decides about the session's room: its host while they are in it, seated or watching, then the lowest seat. Null when nobody
 * has one.
 */
export const hostOf = (sessionId: Id) => sql`(
  select seated.user_id from ${sessionMembers} as seated join ${sessions} as held on held.id = seated.session_id
  where held.id = ${sessionId}::uuid and held.ended_at is null and seated.active
    and (seated.role = 'player' or seated.user_id = coalesce(held.host_id, held.owner_id))
  order by seated.user_id = coalesce(held.host_id, held.owner_id) desc, seated.seat limit 1)`;

/** The title of the session's game. Throws `session_not_found`. */
export async function titleOfSession(db: Database, sessionId: string): Promise<string> {
  const [found] = await db
    .select({ title: games.title })
    .from(sessions)
    .innerJoin(games, eq(games.slug, sessions.game))
    .where(eq(sessions.id, sessionId));
  if (found === undefined) throw new NearcadeError('session_not_found');
  return found.title;
}
