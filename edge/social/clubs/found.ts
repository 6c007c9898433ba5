import { randomInt } from 'node:crypto';
import { sql } from 'drizzle-orm';
import type { z } from 'zod';
import type { IdempotentRequest } from '#edge/http/idempotency.ts';
import { type Database, violatedUnique } from '#edge/store/database.ts';
import { resultOfRequest } from '#edge/store/requests.ts';
import { clubStandings, clubs, idempotencyKeys } from '#edge/store/schema.ts';
import type { changeClubRequestSchema, createClubRequestSchema } from '#shared/api/clubs.ts';
import { CLUB_STANDING_TABLE, type ClubRole } from '#shared/clubs.ts';
import { NearcadeError, wrongField } from '#shared/errors.ts';
import { statesThatTake } from '#shared/state-machine.ts';
import { requireClubMember } from './clubs.ts';
import { MAX_CLUBS_JOINED, MAX_CLUBS_OWNED } from './limits.ts';
import { lockClub, lockPlayer } from './locks.ts';

/** Tries at a number that no club has or had: with a million clubs each misses one time in nine. */
const NUMBER_TRIES = 8;

/**
 * Founds a club with the caller as its owner and answers its id; done twice, the first one's. Throws `club_limit_reached`
 * or `idempotency_key_reused`.
 */
export async function foundClub(
  db: Database,
  club: z.output<typeof createClubRequestSchema>,
  idempotency: IdempotentRequest,
): Promise<string> {
  for (let attempt = 0; attempt < NUMBER_TRIES; attempt++) {
    try {
      const founded = await tryToFound(db, club, idempotency);
      if (founded !== undefined) return founded;
      const earlier = await resultOfRequest(db, idempotency);
      if (earlier !== undefined) return earlier;
      throw new NearcadeError(
        'club_limit_reached',
        `You can own ${MAX_CLUBS_OWNED} clubs and be in ${MAX_CLUBS_JOINED}`,
      );
    } catch (error) {
      if (violatedUnique(error) !== 'clubs_number_unique') throw error;
    }
  }
  throw new NearcadeError('unavailable');
}

async function tryToFound(
  db: Database,
  { name, notice, memberLimit }: z.output<typeof createClubRequestSchema>,
  { userId, key, requestHash }: IdempotentRequest,
): Promise<string | undefined> {
  const number = String(randomInt(1_000_000, 10_000_000));
  const mine = sql`from ${clubStandings} where user_id = ${userId}::uuid`;
  const [, { rows }] = await db.batch([
    lockPlayer(db, userId),
    db.execute<{ id: string }>(sql`
      with first_time as (
        insert into ${idempotencyKeys} (user_id, key, request_hash, resource_id)
        select ${userId}::uuid, ${key}::text, ${requestHash}::text, uuidv7()
        where (select count(*) ${mine} and role = 'owner') < ${MAX_CLUBS_OWNED}
          and (select count(*) ${mine} and standing = 'member') < ${MAX_CLUBS_JOINED}
        on conflict do nothing
        returning resource_id
      ), club as (
        insert into ${clubs} (id, number, name, notice, member_limit)
        select resource_id, ${number}::text, ${name}::text, ${notice}::text, ${memberLimit}::int from first_time
        returning id
      )
      insert into ${clubStandings} (club_id, user_id, standing, role, changed_by)
      select id, ${userId}::uuid, 'member', 'owner', ${userId}::uuid from club
      returning club_id as id`),
  ]);
  return rows[0]?.id;
}

/**
 * Changes the notice, or with the owner's hand the name and the number of places. Throws `club_not_found`, `forbidden`, or
 * `invalid_request` when more players are in than would fit.
 */
export async function changeClub(
  db: Database,
  clubId: string,
  actorId: string,
  { name, notice, memberLimit }: z.output<typeof changeClubRequestSchema>,
): Promise<void> {
  const byOfficers = name === undefined && memberLimit === undefined;
  const roles: ClubRole[] = byOfficers ? ['owner', 'officer'] : ['owner'];
  const [, { rows }] = await db.batch([
    lockClub(db, clubId),
    db.execute(sql`
      update ${clubs} set name = coalesce(${name ?? null}::text, name), notice = coalesce(${notice ?? null}::text, notice),
        member_limit = coalesce(${memberLimit ?? null}::int, member_limit)
      where id = ${clubId}::uuid and disbanded_at is null
        and exists (
          select 1 from ${clubStandings}
          where club_id = ${clubId}::uuid and user_id = ${actorId}::uuid and role in ${roles})
        and coalesce(${memberLimit ?? null}::int, member_limit) >= (
          select count(*) from ${clubStandings} where club_id = ${clubId}::uuid and standing = 'member')
      returning 1`),
  ]);
  if (rows.length === 1) return;
  await requireRole(db, clubId, actorId, roles);
  throw wrongField('memberLimit', 'more players than that are in the club');
}

/**
 * Ends the club for good and answers who was in it; nobody when this very request had ended it before. `number` is the club's,
 * as its owner typed it in. Throws `club_not_found`, `forbidden`, `invalid_request` (another number) or `idempotency_key_reused`.
 */
export async function disbandClub(
  db: Database,
  clubId: string,
  number: string,
  idempotency: IdempotentRequest,
): Promise<string[]> {
  const { userId, key, requestHash } = idempotency;
  const from = statesThatTake(CLUB_STANDING_TABLE, 'disband');
  const [, { rows }] = await db.batch([
    lockClub(db, clubId),
    db.execute<{ user_id: string; was: string }>(sql`
      with ended as (
        update ${clubs} set disbanded_at = now()
        where id = ${clubId}::uuid and disbanded_at is null and number = ${number}
          and exists (
            select 1 from ${clubStandings}
            where club_id = ${clubId}::uuid and user_id = ${userId}::uuid and role = 'owner')
        returning id
      ), noted as (
        insert into ${idempotencyKeys} (user_id, key, request_hash, resource_id)
        select ${userId}::uuid, ${key}::text, ${requestHash}::text, id from ended
      )
      update ${clubStandings} as standing set standing = 'stranger', role = null, message = '', since = now(),
        changed_by = ${userId}::uuid
      from ended where standing.club_id = ended.id and standing.standing in ${from}
      returning standing.user_id, old.standing as was`),
  ]);
  if (rows.length > 0) return rows.filter(row => row.was === 'member').map(row => row.user_id);
  if ((await resultOfRequest(db, idempotency)) !== undefined) return [];
  await requireRole(db, clubId, userId, ['owner']);
  throw wrongField('number', 'not the number of this club');
}

/** Throws `club_not_found`, or `forbidden` to who does not have one of `roles`. */
export async function requireRole(
  db: Database,
  clubId: string,
  userId: string,
  roles: readonly ClubRole[],
): Promise<void> {
  if (!roles.includes(await requireClubMember(db, clubId, userId))) {
    throw new NearcadeError('forbidden', 'Your role in this club does not allow that');
  }
}
