import { and, eq, isNull } from 'drizzle-orm';
import type { Database } from '#edge/store/database.ts';
import { clubStandings, clubs } from '#edge/store/schema.ts';
import { type ClubRole, MAX_CLUB_MEMBERS } from '#shared/clubs.ts';
import { NearcadeError } from '#shared/errors.ts';

/** The player's role in the club. Throws `club_not_found`, also when it was disbanded; `forbidden` to who is no member. */
export async function requireClubMember(db: Database, clubId: string, userId: string): Promise<ClubRole> {
  const [found] = await db
    .select({ role: clubStandings.role })
    .from(clubs)
    .leftJoin(clubStandings, and(eq(clubStandings.clubId, clubs.id), eq(clubStandings.userId, userId)))
    .where(and(eq(clubs.id, clubId), isNull(clubs.disbandedAt)));
  if (found === undefined) throw new NearcadeError('club_not_found');
  if (found.role === null) throw new NearcadeError('forbidden', 'You are no member of this club');
  return found.role;
}

/** Everybody in the club, for telling them something live; empty when there is no such club. */
export async function clubMemberIds(db: Database, clubId: string): Promise<string[]> {
  const rows = await db
    .select({ userId: clubStandings.userId })
    .from(clubStandings)
    .where(and(eq(clubStandings.clubId, clubId), eq(clubStandings.standing, 'member')))
    .limit(MAX_CLUB_MEMBERS);
  return rows.map(row => row.userId);
}
