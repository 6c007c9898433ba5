import { sql } from 'drizzle-orm';
import type { Database } from '#edge/store/database.ts';
import { clubStandings, clubs, clubTables } from '#edge/store/schema.ts';
import type { Standing } from '#shared/api/clubs.ts';
import type { ClubRole } from '#shared/clubs.ts';
import { NearcadeError } from '#shared/errors.ts';
import { MAX_CLUBS_OWNED } from './limits.ts';
import { lockClub, lockPlayer } from './locks.ts';
import { standingOf } from './standing.ts';
import { paidByHost } from './tables.ts';

export interface RoleChange {
  clubId: string;
  userId: string;
  actorId: string;
  role: ClubRole;
}

interface Facts extends Record<string, unknown> {
  actor_role: ClubRole | null;
  target_role: ClubRole | null;
  owned: number;
}

/**
 * Makes a member an officer or a plain member, or hands the club over to them, which leaves the old owner an officer, and pays for none of
 * its tables until the new one says so. Only the owner may; doing it twice changes nothing more. Throws `club_not_found`, `forbidden`, `club_owner_required` (the owner
 * can't just step down), `club_standing_wrong` (no member) or `club_limit_reached` (the new owner has clubs enough).
 */
export async function setRole(db: Database, change: RoleChange): Promise<Standing> {
  const { clubId, userId, actorId, role } = change;
  const club = sql`${clubs} as club where club.id = ${clubId}::uuid and club.disbanded_at is null`;
  const owned = sql`(
    select count(*)::int from ${clubStandings} where user_id = ${userId}::uuid and role = 'owner')`;
  const isOwner = sql`exists (
    select 1 from ${clubStandings} where club_id = ${clubId}::uuid and user_id = ${actorId}::uuid and role = 'owner')`;
  const isMember = sql`exists (
    select 1 from ${clubStandings}
    where club_id = ${clubId}::uuid and user_id = ${userId}::uuid and role in ('officer', 'member'))`;
  const facts = db.execute<Facts>(sql`
    select (select role from ${clubStandings} where club_id = club.id and user_id = ${actorId}::uuid) as actor_role,
      (select role from ${clubStandings} where club_id = club.id and user_id = ${userId}::uuid) as target_role,
      ${owned} as owned
    from ${club}`);
  // A club that goes on has an owner before and after every transaction; within this one it has none for a moment.
  const stepDown = db.execute(sql`
    with stepped_down as (
      update ${clubStandings} set role = 'officer'
      where ${role === 'owner'}::boolean and club_id = ${clubId}::uuid and user_id = ${actorId}::uuid and role = 'owner'
        and ${isMember} and ${owned} < ${MAX_CLUBS_OWNED} and exists (select 1 from ${club})
      returning club_id
    )
    update ${clubTables} set ${paidByHost} from stepped_down
    where ${clubTables}.club_id = stepped_down.club_id and payer = 'owner'`);
  const take =
    role === 'owner'
      ? sql`not exists (select 1 from ${clubStandings} where club_id = ${clubId}::uuid and role = 'owner')
          and exists (select 1 from ${club})`
      : isOwner;
  const give = db.execute(sql`
    update ${clubStandings} set role = ${role}
    where club_id = ${clubId}::uuid and user_id = ${userId}::uuid and role in ('officer', 'member') and ${take}
    returning 1`);
  const [, , { rows }, , { rows: given }] = await db.batch([
    lockPlayer(db, userId),
    lockClub(db, clubId),
    facts,
    stepDown,
    give,
  ]);
  if (given.length === 0) refuse(change, rows[0]);
  return standingOf(db, clubId, userId);
}

/** Throws why nothing was changed, unless it was so already. */
function refuse({ role }: RoleChange, facts: Facts | undefined): void {
  if (facts === undefined) throw new NearcadeError('club_not_found');
  // Also what the old owner is told who repeats the request.
  if (facts.actor_role !== null && facts.target_role === 'owner' && role === 'owner') return;
  if (facts.actor_role !== 'owner') throw new NearcadeError('forbidden', 'Only the owner gives roles');
  if (facts.target_role === null) {
    throw new NearcadeError('club_standing_wrong', 'This player is no member of the club');
  }
  if (facts.target_role === 'owner') {
    throw new NearcadeError('club_owner_required', 'Hand the club over to another member first');
  }
  throw new NearcadeError('club_limit_reached', `Nobody owns more than ${MAX_CLUBS_OWNED} clubs`);
}
