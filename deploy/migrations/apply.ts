import { setTimeout as delay } from 'node:timers/promises';
import type { ClientBase } from 'pg';
import { NearcadeError } from '#shared/errors.ts';
import { sqlState } from './connect.ts';
import { isConcurrent, type Migration } from './files.ts';
import { note } from './history.ts';
import { brief } from './lint.ts';

/** How long a statement may wait for a lock: whatever comes after it on that table waits as long. */
const LOCK_TIMEOUT_MS = 3_000;
/** How long one may run. An index that is built concurrently disturbs nobody and may take hours. */
export const STATEMENT_TIMEOUT_MS = 300_000;
/** How long a dry run may take of a database that serves: it keeps each lock until its end, and players wait for it. */
export const REHEARSAL_MS = 3_000;
/** Tries for a lock that others hold, and the pauses between them, which let through who has waited. */
const PAUSES_MS = [1_000, 2_000, 4_000, 8_000, 15_000] as const;

/** query_canceled: a statement timeout. */
const CANCELED = '57014';

/** lock_not_available, deadlock_detected */
const BUSY = new Set(['55P03', '40P01']);

export interface ApplyOptions {
  release: string;
  progress: (line: string) => void;
  signal: AbortSignal;
  /** For tests; else as above. */
  lockTimeoutMs?: number;
  rehearsalMs?: number;
  pausesMs?: readonly number[];
}

/**
 * Applies one migration whole or not at all, with its note in the history; what is made concurrently can be done again instead. Throws
 * `migration_failed`, for a lock that could not be had with who holds it.
 */
export async function applyMigration(
  client: ClientBase,
  migration: Migration,
  options: ApplyOptions,
): Promise<void> {
  const { progress, signal, pausesMs = PAUSES_MS } = options;
  for (const [attempt, pause] of [...pausesMs, undefined].entries()) {
    signal.throwIfAborted();
    try {
      const began = performance.now();
      await (migration.isConcurrent ? applyOutside : applyWhole)(client, migration, options);
      progress(`  ${migration.tag}: applied in ${Math.round(performance.now() - began)} ms`);
      return;
    } catch (cause) {
      if (!BUSY.has(sqlState(cause) ?? '')) throw failed(migration, cause);
      const holders = await lockHolders(client);
      if (pause === undefined) throw failed(migration, cause, holders);
      progress(
        `  ${migration.tag}: a lock is held by ${holders || 'somebody'}; try ${attempt + 2} of ${pausesMs.length + 1}`,
      );
      await delay(pause, undefined, { signal });
    }
  }
}

async function applyWhole(client: ClientBase, migration: Migration, options: ApplyOptions): Promise<void> {
  const began = performance.now();
  await client.query('begin');
  try {
    await client.query(`set local lock_timeout = ${options.lockTimeoutMs ?? LOCK_TIMEOUT_MS}`);
    await client.query(`set local statement_timeout = ${STATEMENT_TIMEOUT_MS}`);
    for (const statement of migration.statements) await client.query(statement);
    await note(client, migration, options.release, performance.now() - began);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}

async function applyOutside(client: ClientBase, migration: Migration, options: ApplyOptions): Promise<void> {
  const began = performance.now();
  await client.query(`set lock_timeout = ${options.lockTimeoutMs ?? LOCK_TIMEOUT_MS}`);
  await client.query('set statement_timeout = 0');
  try {
    for (const statement of migration.statements) {
      const index = /^create (?:unique )?index concurrently (?:if not exists )?"?([^"\s]+)"?/i.exec(
        statement,
      );
      if (index?.[1] !== undefined && (await isBuilt(client, index[1]))) continue;
      await client.query(statement);
    }
  } finally {
    await client.query('reset lock_timeout; reset statement_timeout');
  }
  await note(client, migration, options.release, performance.now() - began);
}

/** Whether an earlier try has built the index; what is left of one that failed is dropped, since it would be in the way. */
async function isBuilt(client: ClientBase, name: string): Promise<boolean> {
  const { rows } = await client.query<{ valid: boolean }>(
    `select indisvalid as valid from pg_index join pg_class on pg_class.oid = indexrelid
     where relname = $1 and relnamespace = 'public'::regnamespace`,
    [name],
  );
  if (rows[0]?.valid === false)
    await client.query(`drop index concurrently ${client.escapeIdentifier(name)}`);
  return rows[0]?.valid === true;
}

/** Who has held locks on tables for longer than a moment: what a migration waits for. */
async function lockHolders(client: ClientBase): Promise<string> {
  const { rows } = await client.query<{ who: string }>(
    `select distinct format('"%s" (pid %s, %s, in a transaction since %s)', activity.application_name, activity.pid,
       activity.state, to_char(activity.xact_start at time zone 'utc', 'HH24:MI:SS"Z"')) as who
     from pg_locks as lock join pg_stat_activity as activity on activity.pid = lock.pid
       join pg_class on pg_class.oid = lock.relation
     where lock.granted and lock.locktype = 'relation' and lock.pid <> pg_backend_pid()
       and relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
     limit 5`,
  );
  return rows.map(({ who }) => who).join(', ');
}

function failed(migration: Migration, cause: unknown, holders = ''): NearcadeError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const locked = holders === '' ? '' : `; the lock is held by ${holders}`;
  const rest = migration.isConcurrent ? 'It can be done again.' : 'Nothing of it was kept.';
  return new NearcadeError('migration_failed', `${migration.tag}: ${reason}${locked}. ${rest}`, { cause });
}

/** A lock that keeps others from reading or writing. */
export interface TakenLock {
  table: string;
  mode: string;
  bytes: number;
}

export interface Rehearsed {
  tag: string;
  statement: string;
  /** Undefined: it cannot be tried in a transaction. */
  locks: TakenLock[] | undefined;
}

/**
 * Runs migrations in one transaction that is rolled back: whether they go through, and which locks each statement takes of tables that are
 * there already. All of it ends within `withinMs`. Throws `migration_failed`.
 */
export async function rehearse(
  client: ClientBase,
  migrations: readonly Migration[],
  withinMs: number,
): Promise<Rehearsed[]> {
  const rehearsed: Rehearsed[] = [];
  const began = performance.now();
  await client.query('begin');
  try {
    await client.query(`set local lock_timeout = ${Math.min(LOCK_TIMEOUT_MS, withinMs)}`);
    const { rows } = await client.query<{ newest: string }>(
      'select coalesce(max(oid::int8), 0) as newest from pg_class',
    );
    const newest = rows[0]?.newest ?? '0';
    let before = new Set<string>();
    for (const migration of migrations) {
      for (const statement of migration.statements) {
        if (isConcurrent(statement)) {
          rehearsed.push({ tag: migration.tag, statement: brief(statement), locks: undefined });
          continue;
        }
        // 0 would be no limit.
        const left = Math.max(1, Math.ceil(began + withinMs - performance.now()));
        try {
          await client.query(`set local statement_timeout = ${left}`);
          await client.query(statement);
        } catch (cause) {
          if (sqlState(cause) !== CANCELED) throw failed(migration, cause);
          const reason = `a dry run may hold its locks for ${withinMs} ms and takes longer. Try it on a copy: npm run database -- branch`;
          throw failed(migration, new Error(reason, { cause }));
        }
        const locks = await strongLocks(client, newest);
        const fresh = locks.filter(({ table, mode }) => !before.has(`${table} ${mode}`));
        rehearsed.push({ tag: migration.tag, statement: brief(statement), locks: fresh });
        before = new Set(locks.map(({ table, mode }) => `${table} ${mode}`));
      }
    }
  } finally {
    await client.query('rollback');
  }
  return rehearsed;
}

/** Locks of this transaction that conflict with reading or writing (Postgres: explicit locking, table 13.2). */
async function strongLocks(client: ClientBase, newest: string): Promise<TakenLock[]> {
  const { rows } = await client.query<{ table: string; mode: string; bytes: string }>(
    `select relname as table, mode, pg_table_size(pg_class.oid) as bytes from pg_locks
       join pg_class on pg_class.oid = relation
     where pid = pg_backend_pid() and granted and relkind in ('r', 'p') and relation::int8 <= $1
       and relnamespace = 'public'::regnamespace
       and mode in ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
     order by 1, 2`,
    [newest],
  );
  return rows.map(row => ({ ...row, bytes: Number(row.bytes) }));
}
