import { sql } from 'drizzle-orm';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { takeOver } from '#deploy/catalogue/stable.ts';
import { hashPassword } from '#edge/accounts/passwords.ts';
import { users } from '#edge/store/schema.ts';
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
    await takeOver(
      database,
      folders.map(folder => folder.manifest),
    );
    await seedAccounts(database);
  } finally {
    await client.end();
  }
}

async function seedAccounts(database: NodePgDatabase): Promise<void> {
  const known = new Set((await database.select({ email: users.email }).from(users)).map(user => user.email));
  for (const { password, ...account } of DEMO_ACCOUNTS) {
    if (known.has(account.email)) continue;
    const passwordHash = await hashPassword(password);
    await database.insert(users).values({ ...account, passwordHash, emailVerifiedAt: sql`now()` });
  }
}
