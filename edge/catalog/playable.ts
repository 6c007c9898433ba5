import { type SQL, sql } from 'drizzle-orm';
import { gameBuilds, gameReleases, games } from '#edge/store/schema.ts';

/**
 * A query for the build of `game` that new sessions of `channel` get: columns slug, title, version, seats, price, price_unit and
 * regions (text[], null: everywhere). No row when there is none. A node has the build when its node_games has (slug, version).
 */
export function playableBuild(game: string | SQL, channel: string | SQL): SQL {
  return sql`
    select build.game as slug, game.title, build.version, build.seats, build.price, build.price_unit,
      nullif(build.regions, '{}') as regions
    from ${gameReleases} as release
    join ${gameBuilds} as build on build.game = release.game and build.version = release.version
    join ${games} as game on game.slug = release.game
    where release.game = ${game} and release.channel = ${channel} and release.ended_at is null
      and build.status = 'published' and (release.channel <> 'stable' or game.published)`;
}

/** Condition: the build `version` of `game` reads what `written` has written: itself, or a build that was uploaded before it. */
export function isReadableBy(game: SQL, written: SQL, version: SQL): SQL {
  const madeBy = (build: SQL) => sql`(
    select id from ${gameBuilds} as build where build.game = ${game} and build.version = ${build})`;
  return sql`(${written} = ${version} or ${madeBy(written)} < ${madeBy(version)})`;
}
