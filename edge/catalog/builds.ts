import { type SQL, sql } from 'drizzle-orm';
import { z } from 'zod';
import { decodeCursor, toPage } from '#edge/store/cursor.ts';
import type { Database } from '#edge/store/database.ts';
import { gameBuilds, gameReleases, games } from '#edge/store/schema.ts';
import type { Page } from '#shared/api/page.ts';
import type { Build, OwnGame, Release } from '#shared/api/publishing.ts';
import { NearcadeError } from '#shared/errors.ts';
import type { BuildState, Channel, ReleaseEndReason } from '#shared/lifecycles/builds.ts';
import type { GameManifest } from '#shared/manifest.ts';
import { type BuildName, type Developer, explainRefusal, mayTouch } from './developer.ts';

export interface PageRequest {
  cursor?: string | undefined;
  limit: number;
}

/** Builds and releases are listed by their ids, which sort by the time they were made. */
const idCursorSchema = z.tuple([z.uuid()]);
const slugCursorSchema = z.tuple([z.string()]);

export async function listOwnGames(
  db: Database,
  developer: Developer,
  { cursor, limit }: PageRequest,
): Promise<Page<OwnGame>> {
  const after = decodeCursor(slugCursorSchema, cursor)?.[0];
  const { rows } = await db.execute<OwnGame & Record<string, unknown>>(sql`
    select game.slug, game.title, game.owner_id as "ownerId", game.published, game.version
    from ${games} as game
    where ${mayTouch(developer)} and game.slug > ${after ?? ''}
    order by game.slug limit ${limit + 1}::int`);
  return toPage<OwnGame>(rows, limit, game => [game.slug]);
}

/** Throws `game_not_found` or `forbidden`. */
export async function listBuilds(
  db: Database,
  developer: Developer,
  slug: string,
  { cursor, limit }: PageRequest,
): Promise<Page<Build>> {
  const before = decodeCursor(idCursorSchema, cursor)?.[0] ?? null;
  await explainRefusal(db, developer, slug);
  const { rows } = await selectBuilds(
    db,
    sql`build.game = ${slug} and (${before}::uuid is null or build.id < ${before}::uuid)`,
    limit + 1,
  );
  return toPage(rows.map(toBuild), limit, build => [build.id]);
}

/** Throws `game_not_found`, `forbidden` or `build_not_found`. */
export async function findBuild(db: Database, developer: Developer, { slug, version }: BuildName) {
  await explainRefusal(db, developer, slug);
  const { rows } = await selectBuilds(db, sql`build.game = ${slug} and build.version = ${version}`);
  const [row] = rows;
  if (row === undefined) throw new NearcadeError('build_not_found');
  return { ...toBuild(row), manifest: row.manifest };
}

/** Throws `game_not_found` or `forbidden`. */
export async function listReleases(
  db: Database,
  developer: Developer,
  slug: string,
  { cursor, limit }: PageRequest,
): Promise<Page<Release>> {
  const before = decodeCursor(idCursorSchema, cursor)?.[0] ?? null;
  await explainRefusal(db, developer, slug);
  const { rows } = await selectReleases(
    db,
    sql`game = ${slug} and (${before}::uuid is null or id < ${before}::uuid)`,
    limit + 1,
  );
  return toPage(rows.map(toRelease), limit, release => [release.id]);
}

export type BuildRow = Record<string, unknown> & {
  id: string;
  game: string;
  version: string;
  status: BuildState;
  manifest: GameManifest;
  channels: Channel[];
  createdAt: string;
  publishedAt: string | null;
  retiredAt: string | null;
};

/** Builds that meet `condition`, the newest first; a statement for a transaction. */
export function selectBuilds(db: Database, condition: SQL, limit = 1) {
  return db.execute<BuildRow>(sql`
    select build.id, build.game, build.version, build.status, build.manifest,
      (select coalesce(jsonb_agg(release.channel order by release.channel desc), '[]') from ${gameReleases} as release
        where release.game = build.game and release.version = build.version and release.ended_at is null) as channels,
      build.created_at as "createdAt", build.published_at as "publishedAt", build.retired_at as "retiredAt"
    from ${gameBuilds} as build
    where ${condition} order by build.id desc limit ${limit}::int`);
}

export type ReleaseRow = Record<string, unknown> & {
  id: string;
  game: string;
  channel: Channel;
  version: string;
  releasedAt: string;
  endedAt: string | null;
  endReason: ReleaseEndReason | null;
};

export const releaseColumns = sql`
  id, game, channel, version, released_at as "releasedAt", ended_at as "endedAt", end_reason as "endReason"`;

/** Releases that meet `condition`, the newest first; a statement for a transaction. */
export function selectReleases(db: Database, condition: SQL, limit = 1) {
  return db.execute<ReleaseRow>(sql`
    select ${releaseColumns} from ${gameReleases} where ${condition} order by id desc limit ${limit}::int`);
}

export function toBuild(row: BuildRow): Build {
  const { id, game, version, status, channels, manifest, createdAt, publishedAt, retiredAt } = row;
  const { seats, price, regions } = manifest;
  return {
    id,
    game,
    version,
    status,
    channels,
    seats,
    price,
    regions,
    createdAt: iso(createdAt),
    publishedAt: publishedAt === null ? null : iso(publishedAt),
    retiredAt: retiredAt === null ? null : iso(retiredAt),
  };
}

export function toRelease(row: ReleaseRow): Release {
  const { id, game, channel, version, releasedAt, endedAt, endReason } = row;
  return {
    id,
    game,
    channel,
    version,
    releasedAt: iso(releasedAt),
    endedAt: endedAt === null ? null : iso(endedAt),
    endReason,
  };
}

/** A time as Postgres writes it, as ISO 8601. */
const iso = (time: string): string => new Date(time).toISOString();
