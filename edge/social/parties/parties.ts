import { and, eq, isNull } from 'drizzle-orm';
import type { Services } from '#edge/services.ts';
import type { Database } from '#edge/store/database.ts';
import { parties, partyMembers } from '#edge/store/schema.ts';
import { NearcadeError } from '#shared/errors.ts';

/** Throws `party_not_found`, also when it has ended, or `forbidden` when the user is not in it. */
export async function requirePartyMember(db: Database, partyId: string, userId: string): Promise<void> {
  const [found] = await db
    .select({ userId: partyMembers.userId })
    .from(parties)
    .leftJoin(partyMembers, and(eq(partyMembers.partyId, parties.id), eq(partyMembers.userId, userId)))
    .where(and(eq(parties.id, partyId), isNull(parties.endedAt)));
  if (found === undefined) throw new NearcadeError('party_not_found');
  if (found.userId === null) throw new NearcadeError('forbidden', 'You are not in this party');
}

/** The members of a party that goes on, in the order in which they came; none otherwise. */
export async function partyMemberIds(db: Database, partyId: string): Promise<string[]> {
  const rows = await db
    .select({ userId: partyMembers.userId })
    .from(partyMembers)
    .where(eq(partyMembers.partyId, partyId))
    .orderBy(partyMembers.joinedAt, partyMembers.userId);
  return rows.map(row => row.userId);
}

/** Tells the members to read the party again. */
export async function partyChanged({ db, live }: Services, partyId: string): Promise<void> {
  await live.send(await partyMemberIds(db, partyId), { type: 'party_changed', partyId });
}
