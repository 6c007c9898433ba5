import { and, asc, eq, inArray, type SQLWrapper, sql } from 'drizzle-orm';
import type { Database } from '#edge/store/database.ts';
import { games, sessionMembers, sessions } from '#edge/store/schema.ts';
import { NearcadeError } from '#shared/errors.ts';
import type { Role } from '#shared/ticket.ts';

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

type Id = string | SQLWrapper;

/** Subquery: `user_id` of the players who have a seat in the session. Empty when it is over. */
export const seatedIn = (sessionId: Id) => sql`
  select seated.user_id from ${sessionMembers} as seated join ${sessions} as held on held.id = seated.session_id
  where held.id = ${sessionId}::uuid and held.ended_at is null and seated.active and seated.role = 'player'`;

/** Scalar: who decides about the session's room: who opened it while they have a seat, then the lowest seat. Null when nobody has. */
export const hostOf = (sessionId: Id) => sql`(
  select seated.user_id from ${sessionMembers} as seated join ${sessions} as held on held.id = seated.session_id
  where held.id = ${sessionId}::uuid and held.ended_at is null and seated.active and seated.role = 'player'
  order by seated.user_id = held.owner_id desc, seated.seat limit 1)`;

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
