import { and, asc, eq, isNull, not, sql } from 'drizzle-orm';
import { profilesOf } from '#edge/accounts/profiles.ts';
import type { Services } from '#edge/services.ts';
import { areFriends, hasBlocked } from '#edge/social/friends/friends.ts';
import type { Database } from '#edge/store/database.ts';
import { parties, partyInvites, partyMembers } from '#edge/store/schema.ts';
import type { PlayerRef } from '#shared/api/friends.ts';
import type { PartyInvite } from '#shared/api/parties.ts';
import { NearcadeError } from '#shared/errors.ts';
import { partyChanged, partyMemberIds, requirePartyMember } from './parties.ts';
import { later, onLockedParty } from './statements.ts';

/** Long enough to finish the game one is in, short enough that who comes still finds the party. */
const INVITE_TTL_S = 30 * 60;
/** Open invitations of one party: twice what fits in. */
const MAX_OPEN_INVITES = 32;
/** Invitations shown to a player, the newest. */
const MAX_INVITES_SHOWN = 50;

/**
 * Invites a friend of the user; others join by the party's code. Throws `party_not_found`, `forbidden` (not in it, or no
 * friend) or `invites_full`.
 */
export async function inviteToParty(
  services: Services,
  partyId: string,
  from: PlayerRef,
  userId: string,
): Promise<void> {
  const { db, live } = services;
  await requirePartyMember(db, partyId, from.id);
  const [invited] = await onLockedParty<{ expires_at: string }>(
    db,
    partyId,
    sql`
      insert into ${partyInvites} (party_id, user_id, from_id, expires_at)
      select party.id, ${userId}::uuid, ${from.id}::uuid, ${later(INVITE_TTL_S)}
      from ${parties} as party
      where party.id = ${partyId}::uuid and party.ended_at is null and ${areFriends(from.id, userId)}
        and exists (select 1 from ${partyMembers} as mine
          where mine.party_id = party.id and mine.user_id = ${from.id}::uuid)
        and not exists (select 1 from ${partyMembers} as theirs
          where theirs.party_id = party.id and theirs.user_id = ${userId}::uuid)
        and ${MAX_OPEN_INVITES} > (
          select count(*) from ${partyInvites} as other
          where other.party_id = party.id and other.user_id <> ${userId}::uuid and other.expires_at > now())
      on conflict (party_id, user_id) do update set from_id = excluded.from_id, expires_at = excluded.expires_at
      returning expires_at`,
  );
  if (invited === undefined) return explain(db, partyId, from.id, userId);
  await live.send([userId], {
    type: 'invited',
    to: 'party',
    id: partyId,
    code: null,
    title: `${from.displayName}'s party`,
    from,
    expiresAt: new Date(invited.expires_at).toISOString(),
  });
  await partyChanged(services, partyId);
}

/** Nothing to do for who is in it; otherwise throws why nobody was invited. */
async function explain(db: Database, partyId: string, fromId: string, userId: string): Promise<void> {
  await requirePartyMember(db, partyId, fromId);
  if ((await partyMemberIds(db, partyId)).includes(userId)) return;
  const { rows } = await db.execute<{ friends: boolean }>(
    sql`select ${areFriends(fromId, userId)} as friends`,
  );
  if (rows[0]?.friends) throw new NearcadeError('invites_full');
  throw new NearcadeError('forbidden', "Only friends can be invited; others join by the party's code");
}

/** Turns an invitation down, if there is one. */
export async function declineInvite(services: Services, partyId: string, userId: string): Promise<void> {
  const declined = await services.db
    .delete(partyInvites)
    .where(and(eq(partyInvites.partyId, partyId), eq(partyInvites.userId, userId)))
    .returning({ partyId: partyInvites.partyId });
  if (declined.length > 0) await partyChanged(services, partyId);
}

/** The parties that the user is invited to, the newest invitation first; not by whom the user blocks. */
export async function listInvites({ db }: Services, userId: string): Promise<PartyInvite[]> {
  const rows = await db
    .select({
      partyId: partyInvites.partyId,
      fromId: partyInvites.fromId,
      expiresAt: partyInvites.expiresAt,
      maxMembers: parties.maxMembers,
      members: db.$count(partyMembers, eq(partyMembers.partyId, partyInvites.partyId)),
    })
    .from(partyInvites)
    .innerJoin(parties, and(eq(parties.id, partyInvites.partyId), isNull(parties.endedAt)))
    .where(
      and(
        eq(partyInvites.userId, userId),
        sql`${partyInvites.expiresAt} > now()`,
        not(hasBlocked(userId, partyInvites.fromId)),
      ),
    )
    .orderBy(sql`${partyInvites.expiresAt} desc`, asc(partyInvites.partyId))
    .limit(MAX_INVITES_SHOWN);
  const profiles = await profilesOf(
    db,
    rows.map(row => row.fromId),
  );
  return rows.map(({ fromId, expiresAt, ...row }) => ({
    ...row,
    from: { id: fromId, displayName: profiles.get(fromId)?.displayName ?? '' },
    expiresAt: expiresAt.toISOString(),
  }));
}
