import { join } from 'node:path';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import pg from 'pg';
import { NearcadeError } from '#shared/errors.ts';
import { ROOT } from '../paths.ts';

const MIGRATIONS = join(ROOT, 'migrations');

/** Brings the database to the newest of `migrations/`; what was applied before is skipped. */
export async function runMigrations(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  // "schema drizzle already exists, skipping" is no news.
  client.on('notice', () => {});
  try {
    await migrate(drizzle(client), { migrationsFolder: MIGRATIONS });
  } catch (cause) {
    throw new NearcadeError('service_failed', `The database could not be migrated: ${reason(cause)}`, {
      cause,
    });
  } finally {
    await client.end();
  }
}

/** drizzle wraps Postgres' error into one that shows the statement. */
function reason(error: unknown): string {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return inner instanceof Error ? inner.message : String(inner);
}
