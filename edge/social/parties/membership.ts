import { randomInt } from 'node:crypto';
import { and, eq, isNull, type SQL, sql } from 'drizzle-orm';
import type { IdempotentRequest } from '#edge/http/idempotency.ts';
import type { Services } from '#edge/services.ts';
import { type Database, violatedUnique } from '#edge/store/database.ts';
import { resultOfRequest } from '#edge/store/requests.ts';
import { idempotencyKeys, parties, partyInvites, partyMembers } from '#edge/store/schema.ts';
import { FRIEND_CODE_ALPHABET } from '#shared/api/friends.ts';
import { NearcadeError, wrongField } from '#shared/errors.ts';
import { isPartyLeader, partyChanged, partyIdOf, requirePartyMember } from './parties.ts';
import { afterEvent, onLockedParty, regrouped, takes } from './statements.ts';

/** 40 bits: with a million parties one guess in a million hits one. */
const CODE_LENGTH = 8;
/** Tries at a code that no party has. */
const CODE_TRIES = 3;

/** Makes a party with the user as its leader; done twice it answers the first. Throws `already_in_party`. */
export async function createParty(
  { db }: Services,
  userId: string,
  maxMembers: number,
  { key, requestHash }: IdempotentRequest,
): Promise<string> {
  const request = { userId, key, requestHash };
  const earlier = await resultOfRequest(db, request);
  if (earlier !== undefined) return earlier;
  const partyId = crypto.randomUUID();
  try {
    await withFreshCode(code =>
      db.execute(sql`
        with party as (
          insert into ${parties} (id, code, leader_id, max_members)
          values (${partyId}::uuid, ${code}::text, ${userId}::uuid, ${maxMembers}::int)
          returning id
        ), first_time as (
          insert into ${idempotencyKeys} (user_id, key, request_hash, resource_id)
          select ${userId}::uuid, ${key}::text, ${requestHash}::text, id from party
        )
        insert into ${partyMembers} (party_id, user_id) select id, ${userId}::uuid from party`),
    );
    return partyId;
  } catch (error) {
    const constraint = violatedUnique(error);
    if (constraint !== 'party_members_one_party' && constraint !== 'idempotency_keys_user_id_key_pk')
      throw error;
    const done = await resultOfRequest(db, request);
    if (done !== undefined) return done;
    throw await alreadyInParty(db, userId);
  }
}

/** Joins by code; who is in already stays. Answers the party's id. Throws `party_not_found`, `party_full` or `already_in_party`. */
export async function joinByCode(services: Services, userId: string, code: string): Promise<string> {
  const [found] = await services.db
    .select({ id: parties.id })
    .from(parties)
    .where(and(eq(parties.code, code), isNull(parties.endedAt)));
  if (found === undefined) throw new NearcadeError('party_not_found', 'No party has this code');
  await enter(services, found.id, userId, sql`party.code = ${code}::text`, 'party_not_found');
  return found.id;
}

/** Joins by invitation. Throws `invite_not_found`, `party_full` or `already_in_party`. */
export async function acceptInvite(services: Services, userId: string, partyId: string): Promise<void> {
  const invited = sql`exists (
    select 1 from ${partyInvites} as invite
    where invite.party_id = party.id and invite.user_id = ${userId}::uuid and invite.expires_at > now())`;
  await enter(services, partyId, userId, invited, 'invite_not_found');
}

async function enter(
  services: Services,
  partyId: string,
  userId: string,
  mayEnter: SQL,
  refusal: 'party_not_found' | 'invite_not_found',
): Promise<void> {
  const { db } = services;
  const entered = await tryEnter(db, partyId, userId, mayEnter);
  if (entered?.came) return partyChanged(services, partyId);
  if (entered?.is_in) return;
  if (entered?.may_enter) throw new NearcadeError('party_full');
  throw new NearcadeError(refusal);
}

type Entered = { is_in: boolean; may_enter: boolean; came: boolean };

async function tryEnter(
  db: Database,
  partyId: string,
  userId: string,
  mayEnter: SQL,
): Promise<Entered | undefined> {
  try {
    const rows = await onLockedParty<Entered>(
      db,
      partyId,
      sql`
        with target as (
          select party.id, party.max_members, (${mayEnter}) as may_enter,
            (select count(*) from ${partyMembers} as other where other.party_id = party.id) as members,
            exists (select 1 from ${partyMembers} as mine
              where mine.party_id = party.id and mine.user_id = ${userId}::uuid) as is_in
          from ${parties} as party
          where party.id = ${partyId}::uuid and party.ended_at is null
        ), came as (
          insert into ${partyMembers} (party_id, user_id, joined_at)
          select id, ${userId}::uuid, clock_timestamp() from target
          where may_enter and not is_in and members < max_members
          returning party_id
        ), changed as (
          update ${parties} as party set ${regrouped} from came where party.id = came.party_id
        ), answered as (
          delete from ${partyInvites} as invite using came
          where invite.party_id = came.party_id and invite.user_id = ${userId}::uuid
        )
        select target.is_in, target.may_enter, came.party_id is not null as came
        from target left join came on true`,
    );
    return rows[0];
  } catch (error) {
    if (violatedUnique(error) === 'party_members_one_party') throw await alreadyInParty(db, userId);
    throw error;
  }
}

/** Leaves the party; the longest there leads then, and the last one ends it. Who is not in it has left already. */
export async function leaveParty(services: Services, partyId: string, userId: string): Promise<void> {
  if (await takeOut(services.db, partyId, userId, sql`true`)) await partyChanged(services, partyId);
}

/**
 * Puts a member out and gives the party another code, since they know this one. Who is not in it is out already. Throws
 * `party_not_found`, or `forbidden` unless `leaderId` leads.
 */
export async function kickMember(
  services: Services,
  partyId: string,
  leaderId: string,
  userId: string,
): Promise<void> {
  if (leaderId === userId) throw wrongField('userId', 'that is you: leave instead');
  const isLed = sql`exists (
    select 1 from ${parties} where id = ${partyId}::uuid and leader_id = ${leaderId}::uuid)`;
  const gone = await withFreshCode(code => takeOut(services.db, partyId, userId, isLed, code));
  if (!gone) return requireLeader(services.db, partyId, leaderId);
  await services.live.send([userId], { type: 'kicked', from: 'party', reason: '' });
  await partyChanged(services, partyId);
}

async function takeOut(
  db: Database,
  partyId: string,
  userId: string,
  condition: SQL,
  newCode: string | null = null,
): Promise<boolean> {
  const rows = await onLockedParty(
    db,
    partyId,
    sql`
      with gone as (
        delete from ${partyMembers}
        where party_id = ${partyId}::uuid and user_id = ${userId}::uuid and ${condition}
        returning party_id
      ), next as (
        select user_id from ${partyMembers}
        where party_id = ${partyId}::uuid and user_id <> ${userId}::uuid
        order by joined_at, user_id limit 1
      ), uninvited as (
        delete from ${partyInvites} as invite using gone
        where invite.party_id = gone.party_id
          and ((${newCode}::text is not null and invite.from_id = ${userId}::uuid) or not exists (select 1 from next))
      ), regrouped as (
        update ${parties} as party set ${regrouped},
          leader_id = case when party.leader_id = ${userId}::uuid then (select user_id from next) else party.leader_id end,
          leader_away_since = case when party.leader_id <> ${userId}::uuid then party.leader_away_since end,
          code = coalesce(${newCode}::text, party.code)
        from gone where party.id = gone.party_id and exists (select 1 from next)
      ), ended as (
        update ${parties} as party set state = ${afterEvent('end')}, check_until = null, ended_at = now()
        from gone where party.id = gone.party_id and not exists (select 1 from next)
      )
      select party_id from gone`,
  );
  return rows.length === 1;
}

/** Lets another member lead. Throws `party_not_found`, `player_not_found` (no member) or `forbidden`. */
export async function promoteMember(
  services: Services,
  partyId: string,
  leaderId: string,
  userId: string,
): Promise<void> {
  const promoted = await handOver(services.db, partyId, leaderId, userId);
  if (promoted) return partyChanged(services, partyId);
  await requireLeader(services.db, partyId, leaderId);
  throw new NearcadeError('player_not_found', 'This player is not in the party');
}

/** Whether `userId` leads now in the place of `leaderId`: both were what the caller thinks. */
export async function handOver(
  db: Database,
  partyId: string,
  leaderId: string,
  userId: string,
): Promise<boolean> {
  const rows = await onLockedParty(
    db,
    partyId,
    sql`
      update ${parties} as party set leader_id = ${userId}::uuid, leader_away_since = null, active_at = now()
      where party.id = ${partyId}::uuid and party.leader_id = ${leaderId}::uuid and ${takes('regroup')}
        and exists (select 1 from ${partyMembers} as member
          where member.party_id = party.id and member.user_id = ${userId}::uuid)
      returning party.id`,
  );
  return rows.length === 1;
}

/** Throws `party_not_found`, or `forbidden` unless the user leads the party. */
export async function requireLeader(db: Database, partyId: string, userId: string): Promise<void> {
  await requirePartyMember(db, partyId, userId);
  if (!(await isPartyLeader(db, partyId, userId)))
    throw new NearcadeError('forbidden', 'Only the leader of the party may do that');
}

async function alreadyInParty(db: Database, userId: string): Promise<NearcadeError> {
  const partyId = await partyIdOf(db, userId);
  return new NearcadeError(
    'already_in_party',
    undefined,
    partyId === undefined ? {} : { details: { partyId } },
  );
}

async function withFreshCode<T>(store: (code: string) => Promise<T>): Promise<T> {
  for (let attempt = 0; attempt < CODE_TRIES; attempt++) {
    const letters = Array.from({ length: CODE_LENGTH }, () =>
      FRIEND_CODE_ALPHABET.charAt(randomInt(FRIEND_CODE_ALPHABET.length)),
    );
    try {
      return await store(letters.join(''));
    } catch (error) {
      if (violatedUnique(error) !== 'parties_live_code') throw error;
    }
  }
  throw new NearcadeError('unavailable');
}
