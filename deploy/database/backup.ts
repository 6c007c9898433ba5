import { createWriteStream, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { connect } from '#deploy/migrations/connect.ts';
import { readHistory } from '#deploy/migrations/history.ts';
import { NearcadeError } from '#shared/errors.ts';
import { fileOf, Hashing, MANIFEST, type Manifest, type TableBackup } from './backup-format.ts';

export interface BackupOptions {
  /** Of the database's owner, direct. */
  url: string;
  environment: string;
  /** A folder that is not there yet; it will hold everything that players have entrusted us with. */
  folder: string;
  now: () => Date;
}

/**
 * Writes all rows into files, as of one moment: a backup that needs neither Neon nor Postgres' own programs, which are as new as their
 * server at least. What is whole has a manifest, written last. Throws `service_failed` or `backup_invalid`.
 */
export async function backUp(options: BackupOptions): Promise<Manifest> {
  const { url, folder, environment, now } = options;
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (cause) {
    throw new NearcadeError('backup_invalid', `${folder} cannot be made: ${String(cause)}`, { cause });
  }
  const client = await connect(url, `backup of ${environment}`);
  try {
    await client.query('begin isolation level repeatable read read only');
    const madeAt = now().toISOString();
    const history = await readHistory(client);
    if (history.length === 0)
      throw new NearcadeError('backup_invalid', 'Nothing was ever deployed to this database.');
    const tables: TableBackup[] = [];
    for (const table of await readTables(client)) tables.push(await copyTable(client, table, folder));
    const sequences = await client.query<{ name: string; value: string | null }>(
      `select sequencename as name, last_value::text as value from pg_sequences where schemaname = 'public' order by 1`,
    );
    await client.query('commit');
    const manifest: Manifest = {
      format: 1,
      environment,
      madeAt,
      migrations: history.map(({ tag, hash, release, appliedAt }) => ({
        ...{ tag, hash, release },
        appliedAt: appliedAt.toISOString(),
      })),
      tables,
      sequences: sequences.rows,
    };
    writeFileSync(join(folder, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600 });
    return manifest;
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  } finally {
    await client.end();
  }
}

interface Table {
  name: string;
  columns: string[];
}

/** All tables with the columns that are written: Postgres makes generated ones itself. */
async function readTables(client: pg.Client): Promise<Table[]> {
  const { rows } = await client.query<Table>(
    `select relname as name, array_agg(attname::text order by attnum) as columns
     from pg_class join pg_attribute on attrelid = pg_class.oid
     where relnamespace = 'public'::regnamespace and relkind = 'r' and attnum > 0
       and not attisdropped and attgenerated = ''
     group by relname order by relname`,
  );
  return rows;
}

async function copyTable(client: pg.Client, { name, columns }: Table, folder: string): Promise<TableBackup> {
  const list = columns.map(column => client.escapeIdentifier(column)).join(', ');
  const rows = client.query(copyTo(`copy public.${client.escapeIdentifier(name)} (${list}) to stdout`));
  const hashing = new Hashing();
  const file = createWriteStream(join(folder, fileOf(name)), { mode: 0o600 });
  await pipeline(rows, hashing, createGzip(), file);
  return { name, columns, rows: rows.rowCount ?? 0, sha256: hashing.digest() };
}
