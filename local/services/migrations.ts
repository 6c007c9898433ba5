import { migrate } from '#deploy/migrations/migrate.ts';

/** Brings the database to the newest of `migrations/`; what was applied before is skipped. Throws `migration_failed` or `migrations_diverged`. */
export async function runMigrations(url: string): Promise<void> {
  await migrate({
    url,
    release: 'local',
    phase: 'all',
    progress: () => {},
    signal: new AbortController().signal,
  });
}
