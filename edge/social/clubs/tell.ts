import { and, eq, inArray } from 'drizzle-orm';
import type { Services } from '#edge/services.ts';
import { presencesIfAny } from '#edge/social/presences.ts';
import { clubStandings, clubs, clubTables } from '#edge/store/schema.ts';
import type { ClubStandingEvent } from '#shared/clubs.ts';
import { clubMemberIds } from './clubs.ts';
import type { Moved } from './standing.ts';

/** Tells the members who are there to read the club again; a club's size bounds how many that are. */
export async function tellClub(
  services: Services,
  clubId: string,
  others: readonly string[] = [],
): Promise<void> {
  const memberIds = await clubMemberIds(services.db, clubId);
  const presences = await presencesIfAny(services, memberIds);
  // Whoever comes later reads the club then. Without Redis everybody is told.
  const present = memberIds.filter(id => presences === undefined || presences.get(id)?.status !== 'offline');
  await services.live.send([...present, ...others], { type: 'club_changed', clubId });
}

/** Tells the members of these tables' clubs that something is played there now, or is not any more. */
export async function tellTables(services: Services, tableIds: readonly string[]): Promise<void> {
  if (tableIds.length === 0) return;
  const rows = await services.db
    .selectDistinct({ clubId: clubTables.clubId })
    .from(clubTables)
    .where(inArray(clubTables.id, [...tableIds]));
  await Promise.all(rows.map(({ clubId }) => tellClub(services, clubId)));
}

/** Tells those whom a change of standing concerns: everybody when somebody came or went, otherwise the officers. */
export async function tellMove(
  services: Services,
  event: ClubStandingEvent,
  moved: Moved,
  actor: { id: string; displayName: string },
  reason = '',
): Promise<void> {
  const { clubId, userId, standing, was } = moved;
  if (was === undefined) return;
  if (standing === 'member' || was === 'member') await tellClub(services, clubId, [userId]);
  else await tellOfficers(services, clubId, userId);
  if (standing === 'invited') {
    await services.live.send([userId], {
      type: 'invited',
      to: 'club',
      id: clubId,
      code: null,
      title: await nameOf(services, clubId),
      from: actor,
      expiresAt: null,
    });
  }
  if (was === 'member' && (event === 'kick' || event === 'ban')) {
    const name = await nameOf(services, clubId);
    await services.live.send([userId], {
      type: 'kicked',
      from: 'club',
      reason: reason === '' ? name : `${name}: ${reason}`,
    });
  }
}

async function tellOfficers({ db, live }: Services, clubId: string, userId: string): Promise<void> {
  const rows = await db
    .select({ userId: clubStandings.userId })
    .from(clubStandings)
    .where(and(eq(clubStandings.clubId, clubId), inArray(clubStandings.role, ['owner', 'officer'])));
  await live.send([...rows.map(row => row.userId), userId], { type: 'club_changed', clubId });
}

async function nameOf({ db }: Services, clubId: string): Promise<string> {
  const [found] = await db.select({ name: clubs.name }).from(clubs).where(eq(clubs.id, clubId));
  return found?.name ?? '';
}
