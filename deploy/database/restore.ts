import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { connect } from '#deploy/migrations/connect.ts';
import { type Migration, readMigrations } from '#deploy/migrations/files.ts';
import { takeDeployLock } from '#deploy/migrations/lock.ts';
import { migrate } from '#deploy/migrations/migrate.ts';
import { NearcadeError } from '#shared/errors.ts';
import { fileOf, Hashing, type Manifest, readManifest, type TableBackup } from './backup-format.ts';

export interface RestoreOptions {
  /** Of the owner of an empty database, direct. */
  url: string;
  folder: string;
  progress: (line: string) => void;
  signal: AbortSignal;
}

/**
 * Fills an empty database from a backup: the tables by the same migrations, then all rows in one transaction, whose references are checked
 * in the end. Throws `backup_invalid` for a backup that is not whole or of another release, and for a database that is not empty.
 */
export async function restore(options: RestoreOptions): Promise<Manifest> {
  const { url, folder, progress, signal } = options;
  const manifest = readManifest(folder);
  const migrations = sameMigrations(manifest);
  const lock = await takeDeployLock({ url, holder: `restore of ${manifest.environment}` });
  try {
    await requireEmpty(url);
    await migrate({ url, migrations, release: 'restore', phase: 'all', progress: () => {}, signal });
    const client = await connect(url, 'restore');
    try {
      await load(client, manifest, options);
    } finally {
      await client.end();
    }
    progress(
      `  ${manifest.tables.reduce((rows, table) => rows + table.rows, 0)} rows in ${manifest.tables.length} tables`,
    );
    return manifest;
  } finally {
    await lock.close();
  }
}

/** The migrations that the backup's database had, of this clone. */
function sameMigrations({ migrations }: Manifest): Migration[] {
  const known = new Map(readMigrations().map(migration => [migration.tag, migration]));
  return migrations.map(({ tag, hash, release }) => {
    const migration = known.get(tag);
    if (migration?.hash === hash) return migration;
    throw new NearcadeError(
      'backup_invalid',
      `The backup has the migration ${tag} of ${release}, which this clone does not have so: restore from a clone of that release.`,
    );
  });
}

async function requireEmpty(url: string): Promise<void> {
  const client = await connect(url, 'restore');
  try {
    const { rows } = await client.query<{ name: string }>(
      "select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'",
    );
    for (const { name } of rows) {
      const filled = await client.query(`select from public.${client.escapeIdentifier(name)} limit 1`);
      if (filled.rowCount !== 0) {
        throw new NearcadeError(
          'backup_invalid',
          `The database is not empty (${name}): restore into an empty one.`,
        );
      }
    }
  } finally {
    await client.end();
  }
}

interface Reference {
  table: string;
  name: string;
  definition: string;
}

/** Without the references between tables their order does not matter; made again, each is checked. */
async function load(
  client: pg.Client,
  manifest: Manifest,
  { folder, signal }: RestoreOptions,
): Promise<void> {
  await client.query('begin');
  try {
    const { rows: references } = await client.query<Reference>(
      `select conrelid::regclass::text as table, quote_ident(conname) as name, pg_get_constraintdef(oid) as definition
       from pg_constraint where contype = 'f' and connamespace = 'public'::regnamespace`,
    );
    for (const { table, name } of references)
      await client.query(`alter table ${table} drop constraint ${name}`);
    for (const table of manifest.tables) {
      signal.throwIfAborted();
      await loadTable(client, table, folder);
    }
    for (const { name, value } of manifest.sequences) {
      if (value === null) continue;
      await client.query('select setval($1::regclass, $2::bigint)', [
        `public.${client.escapeIdentifier(name)}`,
        value,
      ]);
    }
    for (const { table, name, definition } of references) {
      await client.query(`alter table ${table} add constraint ${name} ${definition}`);
    }
    for (const { tag, release, appliedAt } of manifest.migrations) {
      await client.query('update deploy.migrations set release = $2, applied_at = $3 where tag = $1', [
        tag,
        release,
        appliedAt,
      ]);
    }
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => {});
    if (error instanceof NearcadeError || signal.aborted) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new NearcadeError('backup_invalid', `The backup cannot be loaded: ${reason}`, { cause: error });
  }
  await client.query('analyze');
}

async function loadTable(client: pg.Client, table: TableBackup, folder: string): Promise<void> {
  const { name, columns, rows, sha256 } = table;
  const list = columns.map(column => client.escapeIdentifier(column)).join(', ');
  const into = client.query(copyFrom(`copy public.${client.escapeIdentifier(name)} (${list}) from stdin`));
  const hashing = new Hashing();
  await pipeline(createReadStream(join(folder, fileOf(name))), createGunzip(), hashing, into);
  if (hashing.digest() !== sha256 || into.rowCount !== rows) {
    throw new NearcadeError('backup_invalid', `${fileOf(name)} is not what was backed up.`);
  }
}
