import { type SQL, sql } from 'drizzle-orm';
import type { Services } from '#edge/services.ts';
import type { Database } from '#edge/store/database.ts';
import { clubStandings, clubs, clubTables } from '#edge/store/schema.ts';
import { CLUB_STANDING_TABLE } from '#shared/clubs.ts';
import { statesThatTake } from '#shared/state-machine.ts';
import { lockClub } from './locks.ts';
import { paidByHost } from './tables.ts';
import { tellClub } from './tell.ts';

const isInOne = sql`standing in ('member', 'applied', 'invited')`;

/** A query with the column user_id: who is in a club, or on the way into one. */
export const inClubs: SQL = sql`select user_id from ${clubStandings} where ${isInOne}`;

/**
 * Takes an account that was deleted out of every club. What it owned goes to the officer who is there the longest, otherwise to
 * such a member, whatever they own already, and pays for no table unless they say so; a club without any is disbanded.
 */
export async function leaveClubs(services: Services, userId: string): Promise<void> {
  const { db } = services;
  const { rows } = await db.execute<{ club_id: string }>(sql`
    select club_id from ${clubStandings}
    where user_id = ${userId}::uuid and ${isInOne}`);
  for (const { club_id: clubId } of rows) {
    await leaveClub(db, clubId, userId);
    await tellClub(services, clubId);
  }
}

async function leaveClub(db: Database, clubId: string, userId: string): Promise<void> {
  const ofClub = sql`club_id = ${clubId}::uuid`;
  const hasOwner = sql`exists (select 1 from ${clubStandings} where ${ofClub} and role = 'owner')`;
  const heir = sql`(
    select user_id from ${clubStandings} where ${ofClub} and standing = 'member'
    order by role = 'officer' desc, since, user_id limit 1)`;
  const becomeStranger = sql`update ${clubStandings} set standing = 'stranger', role = null, message = '', since = now()`;
  await db.batch([
    lockClub(db, clubId),
    db.execute(sql`
      update ${clubTables} set ${paidByHost} where ${ofClub} and payer = 'owner' and exists (
        select 1 from ${clubStandings} as owner
        where owner.club_id = ${clubId}::uuid and owner.user_id = ${userId}::uuid and owner.role = 'owner')`),
    db.execute(sql`${becomeStranger} where ${ofClub} and user_id = ${userId}::uuid and standing <> 'banned'`),
    db.execute(sql`
      update ${clubStandings} set role = 'owner'
      where ${ofClub} and not ${hasOwner} and user_id = ${heir}
        and exists (select 1 from ${clubs} where id = ${clubId}::uuid and disbanded_at is null)`),
    db.execute(sql`
      update ${clubs} set disbanded_at = now()
      where id = ${clubId}::uuid and disbanded_at is null and not ${hasOwner}`),
    db.execute(sql`
      ${becomeStranger} where ${ofClub} and standing in ${statesThatTake(CLUB_STANDING_TABLE, 'disband')}
        and exists (select 1 from ${clubs} where id = ${clubId}::uuid and disbanded_at is not null)`),
  ]);
}
