import { notInArray, sql } from 'drizzle-orm';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { hashPassword } from '#edge/accounts/passwords.ts';
import { games, users } from '#edge/store/schema.ts';
import type { GameManifest } from '#shared/manifest.ts';
import { loadManifests } from '../games/install.ts';

/** Accounts that `npm start` prints: the data never leaves this machine. */
export const DEMO_ACCOUNTS = [
  { email: 'demo1@nearcade.local', displayName: 'Demo One', password: 'play-nearcade-1' },
  { email: 'demo2@nearcade.local', displayName: 'Demo Two', password: 'play-nearcade-2' },
] as const;

/** Brings the catalogue in line with `games/` and makes the demo accounts where they are missing. */
export async function seed(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const database = drizzle(client);
    const folders = await loadManifests();
    await seedCatalogue(
      database,
      folders.map(folder => folder.manifest),
    );
    await seedAccounts(database);
  } finally {
    await client.end();
  }
}

async function seedCatalogue(database: NodePgDatabase, manifests: readonly GameManifest[]): Promise<void> {
  const rows = manifests.map(
    ({ slug, title, summary, description, version, seats, picture, input, art }) => ({
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
      // The web app's build puts each game's pictures there.
      cover: `/games/${slug}/${art.cover}`,
      accent: art.accent,
      controls: input.seats.map(seat => seat.hint),
      published: true,
    }),
  );
  for (const row of rows) {
    await database
      .insert(games)
      .values(row)
      .onConflictDoUpdate({ target: games.slug, set: { ...row, updatedAt: sql`now()` } });
  }
  // A game whose folder is gone stays for the history, but is not shown.
  const slugs = rows.map(row => row.slug);
  await database
    .update(games)
    .set({ published: false })
    .where(slugs.length === 0 ? undefined : notInArray(games.slug, slugs));
}

async function seedAccounts(database: NodePgDatabase): Promise<void> {
  const known = new Set((await database.select({ email: users.email }).from(users)).map(user => user.email));
  for (const { email, displayName, password } of DEMO_ACCOUNTS) {
    if (known.has(email)) continue;
    await database.insert(users).values({ email, displayName, passwordHash: await hashPassword(password) });
  }
}
