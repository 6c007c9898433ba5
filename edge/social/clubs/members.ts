import { type SQL, sql } from 'drizzle-orm';
import { z } from 'zod';
import { profilesOf } from '#edge/accounts/profiles.ts';
import type { Services } from '#edge/services.ts';
import { presencesIfAny } from '#edge/social/presences.ts';
import { decodeCursor, toPage } from '#edge/store/cursor.ts';
import type { Database } from '#edge/store/database.ts';
import { clubStandings } from '#edge/store/schema.ts';
import type { candidateSchema, memberSchema } from '#shared/api/clubs.ts';
import type { Page } from '#shared/api/page.ts';
import { CLUB_ROLES, type ClubRole, type ClubStanding } from '#shared/clubs.ts';
import { requireClubMember } from './clubs.ts';
import { requireRole } from './found.ts';

interface StandingRow extends Record<string, unknown> {
  user_id: string;
  standing: ClubStanding;
  role: ClubRole | null;
  message: string;
  since: string;
  rank: number;
  micros: string;
}

interface PageRequest {
  cursor?: string | undefined;
  limit: number;
}

/** Owner, officers, then members in the order in which they came. Throws `club_not_found` or `forbidden`. */
export async function listMembers(
  services: Services,
  clubId: string,
  userId: string,
  page: PageRequest,
): Promise<Page<z.input<typeof memberSchema>>> {
  const { db } = services;
  await requireClubMember(db, clubId, userId);
  const { items, nextCursor } = await pageOfStandings(db, clubId, 'member', page);
  const userIds = items.map(row => row.user_id);
  const [profiles, presences] = await Promise.all([
    profilesOf(db, userIds),
    presencesIfAny(services, userIds),
  ]);
  return {
    items: items.map(row => ({
      userId: row.user_id,
      displayName: profiles.get(row.user_id)?.displayName ?? '',
      role: row.role ?? 'member',
      since: new Date(row.since).toISOString(),
      presence: presences?.get(row.user_id) ?? null,
    })),
    nextCursor,
  };
}

/** Who stands so with the club, the longest first. For officers; throws `club_not_found` or `forbidden`. */
export async function listCandidates(
  db: Database,
  clubId: string,
  userId: string,
  standing: ClubStanding,
  page: PageRequest,
): Promise<Page<z.input<typeof candidateSchema>>> {
  await requireRole(db, clubId, userId, ['owner', 'officer']);
  const { items, nextCursor } = await pageOfStandings(db, clubId, standing, page);
  const profiles = await profilesOf(
    db,
    items.map(row => row.user_id),
  );
  return {
    items: items.map(row => ({
      userId: row.user_id,
      displayName: profiles.get(row.user_id)?.displayName ?? '',
      standing: row.standing,
      message: row.message,
      since: new Date(row.since).toISOString(),
    })),
    nextCursor,
  };
}

/** Rank, microseconds since 1970 (a JavaScript date has only milliseconds) and player. */
const cursorSchema = z.tuple([z.int().min(0).max(CLUB_ROLES.length), z.int().nonnegative(), z.uuid()]);

async function pageOfStandings(
  db: Database,
  clubId: string,
  standing: ClubStanding,
  { cursor, limit }: PageRequest,
): Promise<Page<StandingRow>> {
  const after = decodeCursor(cursorSchema, cursor);
  const isAfter: SQL =
    after === undefined
      ? sql`true`
      : sql`(rank, micros, user_id) > (${after[0]}::int, ${after[1]}::bigint, ${after[2]}::uuid)`;
  const { rows } = await db.execute<StandingRow>(sql`
    with ranked as (
      select user_id, standing, role, message, since, (extract(epoch from since) * 1000000)::bigint as micros,
        coalesce(array_position(array[${sql.join(
          CLUB_ROLES.map(role => sql`${role}::text`),
          sql`, `,
        )}], role), 0) as rank
      from ${clubStandings} where club_id = ${clubId}::uuid and standing = ${standing}
    )
    select user_id, standing, role, message, since, rank, micros from ranked
    where ${isAfter} order by rank, micros, user_id limit ${limit + 1}`);
  return toPage(rows, limit, row => [row.rank, Number(row.micros), row.user_id]);
}
