import { type SQL, sql } from 'drizzle-orm';
import { z } from 'zod';
import { profilesOf } from '#edge/accounts/profiles.ts';
import { decodeCursor, toPage } from '#edge/store/cursor.ts';
import type { Database } from '#edge/store/database.ts';
import { clubStandings, clubs } from '#edge/store/schema.ts';
import type { Club } from '#shared/api/clubs.ts';
import type { Page } from '#shared/api/page.ts';
import type { ClubRole, ClubStanding } from '#shared/clubs.ts';
import { NearcadeError, wrongField } from '#shared/errors.ts';

interface ClubRow extends Record<string, unknown> {
  id: string;
  number: string;
  name: string;
  notice: string;
  member_limit: number;
  created_at: string;
  owner_id: string;
  members: number;
  standing: ClubStanding;
  role: ClubRole | null;
}

interface PageRequest {
  cursor?: string | undefined;
  limit: number;
}

/** The club as `userId` sees it. Throws `club_not_found`. */
export async function getClub(db: Database, clubId: string, userId: string): Promise<Club> {
  const [row] = await selectClubs(db, userId, sql`club.id = ${clubId}::uuid`, 1);
  if (row === undefined) throw new NearcadeError('club_not_found');
  const [club] = await toClubs(db, [row]);
  if (club === undefined) throw new NearcadeError('club_not_found');
  return club;
}

/** The clubs with which the player stands so, the oldest club first. */
export async function myClubs(
  db: Database,
  userId: string,
  standing: ClubStanding,
  { cursor, limit }: PageRequest,
): Promise<Page<Club>> {
  const after = decodeCursor(z.tuple([z.uuid()]), cursor);
  const isAfter = after === undefined ? sql`true` : sql`club.id > ${after[0]}::uuid`;
  const where = sql`mine.standing = ${standing} and ${isAfter} order by club.id`;
  return pageOfClubs(db, await selectClubs(db, userId, where, limit + 1), limit, club => [club.id]);
}

/** The club of a number, or the clubs whose name begins so, by name. */
export async function searchClubs(
  db: Database,
  userId: string,
  { number, name, ...page }: { number?: string | undefined; name?: string | undefined } & PageRequest,
): Promise<Page<Club>> {
  if ((number === undefined) === (name === undefined)) {
    throw wrongField('number', 'give a number or a name');
  }
  const { cursor, limit } = page;
  const after = decodeCursor(z.tuple([z.string().max(100), z.uuid()]), cursor);
  const isAfter =
    after === undefined
      ? sql`true`
      : sql`(lower(club.name) collate "C", club.id) > (${after[0]}::text collate "C", ${after[1]}::uuid)`;
  const matches =
    number === undefined
      ? sql`lower(club.name) like lower(${`${(name ?? '').replaceAll(/[\\%_]/g, '\\$&')}%`})`
      : sql`club.number = ${number}`;
  const where = sql`${matches} and ${isAfter} order by lower(club.name) collate "C", club.id`;
  const rows = await selectClubs(db, userId, where, limit + 1);
  return pageOfClubs(db, rows, limit, club => [club.sort_name, club.id]);
}

async function selectClubs(db: Database, userId: string, where: SQL, limit: number) {
  const { rows } = await db.execute<ClubRow & { sort_name: string }>(sql`
    select club.id, club.number, club.name, lower(club.name) as sort_name, club.notice, club.member_limit,
      club.created_at, owner.user_id as owner_id,
      (select count(*)::int from ${clubStandings} where club_id = club.id and standing = 'member') as members,
      coalesce(mine.standing, 'stranger') as standing, mine.role
    from ${clubs} as club
    join ${clubStandings} as owner on owner.club_id = club.id and owner.role = 'owner'
    left join ${clubStandings} as mine on mine.club_id = club.id and mine.user_id = ${userId}::uuid
    where club.disbanded_at is null and ${where} limit ${limit}`);
  return rows;
}

async function pageOfClubs<R extends ClubRow>(
  db: Database,
  rows: readonly R[],
  limit: number,
  keyOf: (row: R) => readonly unknown[],
): Promise<Page<Club>> {
  const { items, nextCursor } = toPage(rows, limit, keyOf);
  return { items: await toClubs(db, items), nextCursor };
}

async function toClubs(db: Database, rows: readonly ClubRow[]): Promise<Club[]> {
  const owners = await profilesOf(
    db,
    rows.map(row => row.owner_id),
  );
  return rows.map(row => ({
    id: row.id,
    number: row.number,
    name: row.name,
    owner: { id: row.owner_id, displayName: owners.get(row.owner_id)?.displayName ?? '' },
    members: row.members,
    memberLimit: row.member_limit,
    notice: row.role === null ? null : row.notice,
    standing: row.standing,
    role: row.role,
    createdAt: new Date(row.created_at).toISOString(),
  }));
}
