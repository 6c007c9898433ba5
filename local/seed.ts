import { and, eq, isNull, ne, notInArray, sql } from 'drizzle-orm';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { hashPassword } from '#edge/accounts/passwords.ts';
import { buildRow, gameRow, showStableBuild } from '#edge/catalog/manifest-rows.ts';
import { gameBuilds, gameReleases, games, users } from '#edge/store/schema.ts';
import type { GameManifest } from '#shared/manifest.ts';
import type { AccountRole } from '#shared/roles.ts';
import { loadManifests } from '../games/install.ts';

/** Accounts that `npm start` prints: the data never leaves this machine. */
export const DEMO_ACCOUNTS = [
  { email: 'demo1@nearcade.local', displayName: 'Demo One', password: 'play-nearcade-1' },
  { email: 'demo2@nearcade.local', displayName: 'Demo Two', password: 'play-nearcade-2' },
  {
    email: 'developer@nearcade.local',
    displayName: 'Developer',
    password: 'build-nearcade',
    role: 'developer',
  },
  { email: 'operator@nearcade.local', displayName: 'Operator', password: 'watch-nearcade', role: 'operator' },
  { email: 'admin@nearcade.local', displayName: 'Admin', password: 'rule-nearcade', role: 'admin' },
] as const satisfies ReadonlyArray<{
  email: string;
  displayName: string;
  password: string;
  role?: AccountRole;
}>;

/** Brings the catalogue in line with `games/` and makes the demo accounts where they are missing. */
export async function seed(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const database = drizzle(client);
    const folders = (await loadManifests()).filter(({ manifest }) => !manifest.unlisted);
    await seedCatalogue(
      database,
      folders.map(folder => folder.manifest),
    );
    await seedAccounts(database);
  } finally {
    await client.end();
  }
}

/**
 * The folder is the truth here: also a manifest that changed without a new version is taken over, as it must not be when
 * builds are published by the API.
 */
async function seedCatalogue(database: NodePgDatabase, manifests: readonly GameManifest[]): Promise<void> {
  const slugs = manifests.map(manifest => manifest.slug);
  await database.transaction(async transaction => {
    for (const manifest of manifests) await seedGame(transaction, manifest);
    // A game whose folder is gone stays for the history, but is not shown.
    const gone =
      slugs.length === 0 ? isNull(games.ownerId) : and(isNull(games.ownerId), notInArray(games.slug, slugs));
    await transaction.update(games).set({ published: false }).where(gone);
  });
}

async function seedGame(
  database: Pick<NodePgDatabase, 'insert' | 'update' | 'execute'>,
  manifest: GameManifest,
) {
  const { slug, version } = manifest;
  const build = { ...buildRow(manifest), status: 'published' as const };
  await database.insert(games).values(gameRow(manifest)).onConflictDoNothing();
  await database
    .insert(gameBuilds)
    .values({ ...build, publishedAt: sql`now()` })
    .onConflictDoUpdate({
      target: [gameBuilds.game, gameBuilds.version],
      set: { ...build, publishedAt: sql`now()`, retiredAt: null },
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

async function seedAccounts(database: NodePgDatabase): Promise<void> {
  const known = new Set((await database.select({ email: users.email }).from(users)).map(user => user.email));
  for (const { password, ...account } of DEMO_ACCOUNTS) {
    if (known.has(account.email)) continue;
    const passwordHash = await hashPassword(password);
    await database.insert(users).values({ ...account, passwordHash, emailVerifiedAt: sql`now()` });
  }
}
