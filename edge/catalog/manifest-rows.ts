import { type SQL, sql } from 'drizzle-orm';
import { gameBuilds, gameReleases, games } from '#edge/store/schema.ts';
import type { GameManifest } from '#shared/manifest.ts';

/** Where the web app's build puts each game's pictures. */
export const coverPath = ({ slug, art }: GameManifest): string => `/games/${slug}/${art.cover}`;

/** What a game's row says before any of its builds was released. */
export function gameRow(manifest: GameManifest) {
  const { slug, title, summary, description, version, seats, picture, input, art, price } = manifest;
  return {
    slug,
    title,
    summary,
    description,
    version,
    seats,
    width: picture.width,
    height: picture.height,
    fps: picture.fps,
    pointer: input.pointer,
    cover: coverPath(manifest),
    accent: art.accent,
    controls: input.seats.map(seat => seat.hint),
    price: price.credits,
    priceUnit: price.per,
    published: false,
  };
}

/** A draft of the manifest. */
export function buildRow(manifest: GameManifest) {
  const { slug, version, seats, price, regions } = manifest;
  return { game: slug, version, manifest, seats, price: price.credits, priceUnit: price.per, regions };
}

/**
 * Brings the row of a game in line with its stable channel: what the build there says, or only that there is none.
 * A statement for a transaction, after what changed the channel; it does nothing unless `condition` holds.
 */
export function showStableBuild(game: string, condition: SQL = sql`true`): SQL {
  return sql`
    update ${games} as game set
      title = coalesce(build.manifest ->> 'title', game.title),
      summary = coalesce(build.manifest ->> 'summary', game.summary),
      description = coalesce(build.manifest ->> 'description', game.description),
      version = coalesce(build.version, game.version),
      seats = coalesce(build.seats, game.seats),
      width = coalesce((build.manifest #>> '{picture,width}')::int, game.width),
      height = coalesce((build.manifest #>> '{picture,height}')::int, game.height),
      fps = coalesce((build.manifest #>> '{picture,fps}')::int, game.fps),
      pointer = coalesce(build.manifest #>> '{input,pointer}', game.pointer),
      cover = coalesce('/games/' || game.slug || '/' || (build.manifest #>> '{art,cover}'), game.cover),
      accent = coalesce(build.manifest #>> '{art,accent}', game.accent),
      controls = coalesce(jsonb_path_query_array(build.manifest, '$.input.seats[*].hint'), game.controls),
      price = coalesce(build.price, game.price),
      price_unit = coalesce(build.price_unit, game.price_unit),
      published = build.id is not null,
      updated_at = now()
    from (values (${game}::text)) as wanted (slug)
    left join ${gameReleases} as release
      on release.game = wanted.slug and release.channel = 'stable' and release.ended_at is null
    left join ${gameBuilds} as build on build.game = release.game and build.version = release.version
    where game.slug = wanted.slug and ${condition}`;
}
