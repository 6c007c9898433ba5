import type { ClientBase } from 'pg';
import { NearcadeError } from '#shared/errors.ts';
import { connect, sqlState } from './connect.ts';

/** Two numbers that mean "a deploy of Nearcade" in this database, and nothing else (Postgres: advisory locks). */
const LOCK = [0x6e_63, 0x64_70];

/** How long a deploy waits for the one before it. */
const WAIT_MS = 60_000;

/** Neon ends a connection's compute after some minutes without a question (neon.com/docs, "Scale to zero"): the lock would go with it. */
const KEEP_MS = 60_000;

const LOCK_NOT_AVAILABLE = '55P03';

export interface DeployLock {
  /** Throws `deploy_locked` when the lock is lost, e.g. since the database was started anew: another deploy may run by now. */
  check(): Promise<void>;
  /** Lets the next one in. Idempotent. */
  close(): Promise<void>;
}

export interface DeployLockOptions {
  /** Of the database's owner, direct. */
  url: string;
  /** Shown to whoever waits for us, e.g. `deploy 0.1.0+3aafc0b by ada@host`. */
  holder: string;
  /** Milliseconds to wait for another deploy. Default: a minute. */
  waitMs?: number;
  /** Told once when somebody else has it. */
  onWait?: (holder: string) => void;
}

/** Takes the lock that lets one deploy at a time change a database and its Worker. Throws `deploy_locked`, with who holds it. */
export async function takeDeployLock(options: DeployLockOptions): Promise<DeployLock> {
  const client = await connect(options.url, options.holder);
  try {
    const { rows } = await client.query<{ taken: boolean }>(
      'select pg_try_advisory_lock($1, $2) as taken',
      LOCK,
    );
    if (rows[0]?.taken !== true) await waitForLock(client, options);
  } catch (error) {
    await client.end();
    throw error;
  }
  const keeper = setInterval(() => {
    client.query('select 1').catch(() => {});
  }, KEEP_MS);
  keeper.unref();
  let closing: Promise<void> | undefined;
  return {
    async check() {
      try {
        await client.query('select 1');
      } catch (cause) {
        throw new NearcadeError(
          'deploy_locked',
          'The connection that held the lock is gone: another deploy may have begun.',
          { cause },
        );
      }
    },
    close() {
      clearInterval(keeper);
      // The lock goes with its connection.
      closing ??= client.end().catch(() => {});
      return closing;
    },
  };
}

async function waitForLock(client: ClientBase, options: DeployLockOptions): Promise<void> {
  options.onWait?.(await holderOf(client));
  await client.query(`set lock_timeout = ${Math.round(options.waitMs ?? WAIT_MS)}`);
  try {
    await client.query('select pg_advisory_lock($1, $2)', LOCK);
  } catch (cause) {
    if (sqlState(cause) !== LOCK_NOT_AVAILABLE) throw cause;
    throw new NearcadeError(
      'deploy_locked',
      `Another deploy holds the lock: ${await holderOf(client)}. Wait for it; if its program is gone, end its connection with "select pg_terminate_backend(<pid>)".`,
      { cause },
    );
  }
}

interface Holder {
  pid: number;
  name: string;
  since: Date;
}

async function holderOf(client: ClientBase): Promise<string> {
  const { rows } = await client.query<Holder>(
    `select activity.pid, activity.application_name as name, activity.backend_start as since
     from pg_locks as lock join pg_stat_activity as activity on activity.pid = lock.pid
     where lock.locktype = 'advisory' and lock.classid = $1 and lock.objid = $2 and lock.granted
       and lock.database = (select oid from pg_database where datname = current_database())`,
    LOCK,
  );
  const [holder] = rows;
  if (holder === undefined) return 'somebody who has just let go of it';
  return `"${holder.name}" (pid ${holder.pid}, since ${holder.since.toISOString()})`;
}
