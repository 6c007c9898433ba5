import { and, asc, eq, isNull, type SQL, sql } from 'drizzle-orm';
import { profilesOf } from '#edge/accounts/profiles.ts';
import type { Services } from '#edge/services.ts';
import type { Database } from '#edge/store/database.ts';
import { parties, partyInvites, partyMembers } from '#edge/store/schema.ts';
import type { PlayerRef } from '#shared/api/friends.ts';
import type { Party } from '#shared/api/parties.ts';
import { NearcadeError } from '#shared/errors.ts';
import { presencesIfAny } from '../presences.ts';

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

/** Whether the user leads the party. */
export async function isPartyLeader(db: Database, partyId: string, userId: string): Promise<boolean> {
  const [found] = await db
    .select({ leaderId: parties.leaderId })
    .from(parties)
    .where(eq(parties.id, partyId));
  return found?.leaderId === userId;
}

/** The members of a party that goes on, in the order in which they came; none otherwise. */
export async function partyMemberIds(db: Database, partyId: string): Promise<string[]> {
  const rows = await db
    .select({ userId: partyMembers.userId })
    .from(partyMembers)
    .where(eq(partyMembers.partyId, partyId))
    .orderBy(asc(partyMembers.joinedAt), asc(partyMembers.userId));
  return rows.map(row => row.userId);
}

/** A query with the column user_id: who is in a party. */
export const inParties: SQL = sql`select user_id from ${partyMembers}`;

/** The party that the user is in, or undefined. */
export async function partyIdOf(db: Database, userId: string): Promise<string | undefined> {
  const [found] = await db
    .select({ partyId: partyMembers.partyId })
    .from(partyMembers)
    .where(eq(partyMembers.userId, userId));
  return found?.partyId;
}

/** Sessions of a party are grouped under this key: every member who asks gets the same one. */
export const partyGroupKey = (partyId: string): string => `party:${partyId}`;

/** What a member who asks for a session by party gets. */
export interface PartyForPlay {
  /** What the party started last; null: nothing yet. */
  game: string | null;
  /** Whether a session of it may be made now; otherwise one that goes on may still be joined. */
  mayStart: boolean;
}

/** Throws `party_not_found`, or `forbidden` when the user is not in it. */
export async function partyForPlay(db: Database, partyId: string, userId: string): Promise<PartyForPlay> {
  await requirePartyMember(db, partyId, userId);
  const [found] = await db
    .select({
      game: parties.game,
      mayStart: sql<boolean>`${parties.state} = 'starting' and ${parties.checkUntil} > now()`,
    })
    .from(parties)
    .where(eq(parties.id, partyId));
  return found ?? { game: null, mayStart: false };
}

/** Tells the members to read the party again. */
export async function partyChanged({ db, live }: Services, partyId: string): Promise<void> {
  await live.send(await partyMemberIds(db, partyId), { type: 'party_changed', partyId });
}

/** A party as its member sees it. Throws `party_not_found` or `forbidden`. */
export async function viewParty(services: Services, partyId: string, userId: string): Promise<Party> {
  const { db } = services;
  const [found, members, invites] = await db.batch([
    db
      .select()
      .from(parties)
      .where(and(eq(parties.id, partyId), isNull(parties.endedAt))),
    db
      .select()
      .from(partyMembers)
      .where(eq(partyMembers.partyId, partyId))
      .orderBy(asc(partyMembers.joinedAt), asc(partyMembers.userId)),
    db
      .select({ userId: partyInvites.userId })
      .from(partyInvites)
      .where(and(eq(partyInvites.partyId, partyId), sql`${partyInvites.expiresAt} > now()`))
      .orderBy(asc(partyInvites.userId)),
  ]);
  const party = found[0];
  if (party === undefined) throw new NearcadeError('party_not_found');
  if (!members.some(member => member.userId === userId)) {
    throw new NearcadeError('forbidden', 'You are not in this party');
  }
  const [profiles, presences] = await Promise.all([
    profilesOf(
      db,
      [...members, ...invites].map(row => row.userId),
    ),
    presencesIfAny(
      services,
      members.map(member => member.userId),
    ),
  ]);
  const refOf = (id: string): PlayerRef => ({ id, displayName: profiles.get(id)?.displayName ?? '' });
  const agreed = party.checkUntil !== null;
  return {
    id: party.id,
    code: party.code,
    leaderId: party.leaderId,
    maxMembers: party.maxMembers,
    state: party.state,
    round: party.checkRound,
    until: party.checkUntil?.toISOString() ?? null,
    game: party.game,
    members: members.map(member => ({
      user: refOf(member.userId),
      joinedAt: member.joinedAt.toISOString(),
      ready: agreed && member.readyRound === party.checkRound,
      presence: presences?.get(member.userId) ?? null,
    })),
    invited: invites.map(invite => refOf(invite.userId)),
  };
}
