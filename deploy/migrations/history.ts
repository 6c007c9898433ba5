import type { ClientBase } from 'pg';
import { NearcadeError } from '#shared/errors.ts';
import type { Migration } from './files.ts';

/** One row a migration that this database has, with the release that brought it. */
const MAKE = `
  create schema if not exists deploy;
  create table if not exists deploy.migrations (
    tag text primary key,
    hash text not null,
    kind text not null,
    release text not null,
    applied_at timestamptz not null default now(),
    ms integer not null)`;

export interface Applied {
  tag: string;
  hash: string;
  kind: Migration['kind'];
  release: string;
  appliedAt: Date;
}

/** Makes the table of what was applied; takes over what drizzle's migrator had noted in earlier releases. */
export async function openHistory(client: ClientBase, migrations: readonly Migration[]): Promise<void> {
  await client.query(MAKE);
  const { rows } = await client.query<{ there: boolean }>(
    `select to_regclass('drizzle.__drizzle_migrations') is not null
       and not exists (select 1 from deploy.migrations) as there`,
  );
  if (rows[0]?.there !== true) return;
  const known = await client.query<{ created_at: string }>(
    'select created_at from drizzle.__drizzle_migrations',
  );
  const times = new Set(known.rows.map(row => Number(row.created_at)));
  for (const migration of migrations) {
    if (times.has(migration.when)) await note(client, migration, 'drizzle', 0);
  }
}

/** What this database has, oldest first; empty where there is no table yet. Changes nothing. */
export async function readHistory(client: ClientBase): Promise<Applied[]> {
  const there = await client.query<{ there: boolean }>(
    `select to_regclass('deploy.migrations') is not null as there`,
  );
  if (there.rows[0]?.there !== true) return [];
  const { rows } = await client.query<Applied>(
    'select tag, hash, kind, release, applied_at as "appliedAt" from deploy.migrations order by tag',
  );
  return rows;
}

export async function note(
  client: ClientBase,
  { tag, hash, kind }: Migration,
  release: string,
  ms: number,
): Promise<void> {
  await client.query(
    'insert into deploy.migrations (tag, hash, kind, release, ms) values ($1, $2, $3, $4, $5)',
    [tag, hash, kind, release, Math.round(ms)],
  );
}

/**
 * What is still to be applied, in order. Throws `migrations_diverged` when the database has what this release does not know, or knows
 * otherwise. `knownHere`: the release was deployed here before, and lives with what newer ones
 * have added since.
 */
export function pendingOf(
  migrations: readonly Migration[],
  history: readonly Applied[],
  knownHere = false,
): Migration[] {
  const known = new Map(migrations.map(migration => [migration.tag, migration]));
  const foreign = history.filter(({ tag, kind }) => !known.has(tag) && !(knownHere && kind === 'expand'));
  if (foreign.length > 0) {
    const list = foreign.map(({ tag, release }) => `${tag} (of ${release})`).join(', ');
    throw new NearcadeError(
      'migrations_diverged',
      `The database has migrations that this release does not know: ${list}. Deploy a release that has them; one that was deployed here before lives with what was only added, but not with what was taken away.`,
    );
  }
  const changed = history.filter(({ tag, hash }) => known.has(tag) && known.get(tag)?.hash !== hash);
  if (changed.length > 0) {
    throw new NearcadeError(
      'migrations_diverged',
      `Changed since they were applied: ${changed.map(({ tag }) => tag).join(', ')}. A migration stays as it is; write another one.`,
    );
  }
  const applied = new Set(history.map(({ tag }) => tag));
  return migrations.filter(({ tag }) => !applied.has(tag));
}
