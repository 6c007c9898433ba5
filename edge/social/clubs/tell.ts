import { and, eq, inArray } from 'drizzle-orm';
import type { Services } from '#edge/services.ts';
import { clubStandings, clubs } from '#edge/store/schema.ts';
import type { ClubStandingEvent } from '#shared/clubs.ts';
import { clubMemberIds } from './clubs.ts';
import type { Moved } from './standing.ts';

type Telling = Pick<Services, 'db' | 'live'>;

/** Tells the members to read the club again; a club's size bounds how many that are. */
export async function tellClub(
  { db, live }: Telling,
  clubId: string,
  others: readonly string[] = [],
): Promise<void> {
  await live.send([...(await clubMemberIds(db, clubId)), ...others], { type: 'club_changed', clubId });
}

/** Tells those whom a change of standing concerns: everybody when somebody came or went, otherwise the officers. */
export async function tellMove(
  services: Telling,
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

async function tellOfficers({ db, live }: Telling, clubId: string, userId: string): Promise<void> {
  const rows = await db
    .select({ userId: clubStandings.userId })
    .from(clubStandings)
    .where(and(eq(clubStandings.clubId, clubId), inArray(clubStandings.role, ['owner', 'officer'])));
  await live.send([...rows.map(row => row.userId), userId], { type: 'club_changed', clubId });
}

async function nameOf({ db }: Telling, clubId: string): Promise<string> {
  const [found] = await db.select({ name: clubs.name }).from(clubs).where(eq(clubs.id, clubId));
  return found?.name ?? '';
}
