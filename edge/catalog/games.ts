import { eq, type SQL, sql } from 'drizzle-orm';
import { z } from 'zod';
import { decodeCursor, toPage } from '#edge/store/cursor.ts';
import type { Database } from '#edge/store/database.ts';
import { gameBuilds, gameReleases, games } from '#edge/store/schema.ts';
import type { Game, GameDetail, GameQuery } from '#shared/api/catalog.ts';
import { NearcadeError } from '#shared/errors.ts';
import { CHANNELS, type Channel } from '#shared/lifecycles/builds.ts';
import type { GameManifest } from '#shared/manifest.ts';
import { coverPath } from './manifest-rows.ts';

const cursorSchema = z.tuple([z.string(), z.string()]);

/**
 * A page of the games that a channel shows, by title. Looks at every one of them for the words: a catalogue has thousands
 * of games at most, and a part of a word may stand anywhere.
 */
export async function listGames(
  db: Database,
  query: GameQuery,
): Promise<{ games: Game[]; nextCursor: string | null }> {
  const { q = '', seats, tag, region, channel, limit } = query;
  const after = decodeCursor(cursorSchema, query.cursor);
  const words = JSON.stringify(q.split(/\s+/).filter(word => word !== ''));
  const title = sql`lower(build.manifest ->> 'title')`;
  const conditions = [
    sql`release.channel = ${channel}`,
    sql`not exists (
      select 1 from jsonb_array_elements_text(${words}::jsonb) as word
      where strpos(lower(concat_ws(' ', build.manifest ->> 'title', build.manifest ->> 'summary', build.manifest ->> 'tags')),
        lower(word)) = 0)`,
    seats === undefined ? undefined : sql`build.seats >= ${seats}::int`,
    tag === undefined ? undefined : sql`build.manifest -> 'tags' ? ${tag}::text`,
    region === undefined ? undefined : sql`(build.regions = '{}' or ${region}::text = any (build.regions))`,
    after === undefined ? undefined : sql`(${title}, game.slug) > (${after[0]}::text, ${after[1]}::text)`,
  ];
  const { rows } = await db.execute<{ manifest: GameManifest; title: string; slug: string }>(sql`
    select build.manifest, ${title} as title, game.slug ${shown(conditions)}
    order by ${title}, game.slug limit ${limit + 1}::int`);
  const { items, nextCursor } = toPage(rows, limit, row => [row.title, row.slug]);
  return { games: items.map(row => toGame(row.manifest)), nextCursor };
}

/** Throws `game_not_found`. */
export async function getGame(db: Database, slug: string): Promise<GameDetail> {
  const { rows } = await db.execute<{ channel: Channel; manifest: GameManifest }>(sql`
    select release.channel, build.manifest ${shown([sql`game.slug = ${slug}`])}`);
  const inOrder = CHANNELS.flatMap(channel => rows.filter(row => row.channel === channel));
  const [first] = inOrder;
  if (first === undefined) throw new NearcadeError('game_not_found');
  const channels = inOrder.map(({ channel, manifest: { version } }) => ({ channel, version }));
  return { ...toGame(first.manifest), channels };
}

/** Whether new sessions of a game can be started in its stable channel. */
export async function isPublished(db: Database, slug: string): Promise<boolean> {
  const [row] = await db.select({ published: games.published }).from(games).where(eq(games.slug, slug));
  return row?.published ?? false;
}

/** From and where of what channels show: `release`, `build` and `game`. */
function shown(conditions: ReadonlyArray<SQL | undefined>): SQL {
  return sql`
    from ${gameReleases} as release
    join ${gameBuilds} as build on build.game = release.game and build.version = release.version
    join ${games} as game on game.slug = release.game
    where release.ended_at is null and (release.channel <> 'stable' or game.published)
      and ${sql.join(
        conditions.filter(condition => condition !== undefined),
        sql` and `,
      )}`;
}

function toGame(manifest: GameManifest): Game {
  const { slug, title, summary, description, version, developer, tags, seats, price, regions } = manifest;
  const { width, height, fps } = manifest.picture;
  return {
    slug,
    title,
    summary,
    description,
    version,
    developer,
    tags,
    seats,
    price,
    regions,
    picture: { width, height, fps },
    pointer: manifest.input.pointer,
    cover: coverPath(manifest),
    accent: manifest.art.accent,
    controls: manifest.input.seats.map(seat => seat.hint),
  };
}
