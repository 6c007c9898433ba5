import { and, eq, isNull, ne, notInArray, sql } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { buildRow, gameRow, showStableBuild } from '#edge/catalog/manifest-rows.ts';
import { gameBuilds, gameReleases, games } from '#edge/store/schema.ts';
import type { GameManifest } from '#shared/manifest.ts';

/** The database, or a transaction of it. */
export type Writer = Pick<NodePgDatabase, 'insert' | 'update' | 'execute'>;

/** Publishes a manifest as the platform's own and gives it the stable channel. For a transaction. */
export async function putOnStable(database: Writer, manifest: GameManifest): Promise<void> {
  const { slug, version } = manifest;
  const build = { ...buildRow(manifest), status: 'published' as const };
  await database.insert(games).values(gameRow(manifest)).onConflictDoNothing();
  await database
    .insert(gameBuilds)
    .values({ ...build, publishedAt: sql`now()` })
    .onConflictDoUpdate({
      target: [gameBuilds.game, gameBuilds.version],
      set: { ...build, publishedAt: sql`coalesce(${gameBuilds.publishedAt}, now())`, retiredAt: null },
    });
  const isStable = and(
    eq(gameReleases.game, slug),
    eq(gameReleases.channel, 'stable'),
    isNull(gameReleases.endedAt),
  );
  await database
    .update(gameReleases)
    .set({ endedAt: sql`now()`, endReason: 'superseded' })
    .where(and(isStable, ne(gameReleases.version, version)));
  await database
    .insert(gameReleases)
    .values({ game: slug, channel: 'stable', version })
    .onConflictDoNothing();
  await database.execute(showStableBuild(slug));
}

/** Games of the platform's own that are none of `slugs` stay for the history, but are not shown. Returns those that were shown. */
export async function hideOthers(database: Writer, slugs: readonly string[]): Promise<string[]> {
  const isOther = slugs.length === 0 ? undefined : notInArray(games.slug, [...slugs]);
  const rows = await database
    .update(games)
    .set({ published: false })
    .where(and(isNull(games.ownerId), eq(games.published, true), isOther))
    .returning({ slug: games.slug });
  return rows.map(({ slug }) => slug).sort();
}

/**
 * Brings the catalogue of one's own machine in line with the manifests. They are the truth here: also one that changed without a new version is
 * taken over, as it must not be where others play (publish.ts).
 */
export async function takeOver(database: NodePgDatabase, manifests: readonly GameManifest[]): Promise<void> {
  await database.transaction(async transaction => {
    for (const manifest of manifests) await putOnStable(transaction, manifest);
    await hideOthers(
      transaction,
      manifests.map(({ slug }) => slug),
    );
  });
}
