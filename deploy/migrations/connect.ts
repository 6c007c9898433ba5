import pg from 'pg';
import { NearcadeError } from '#shared/errors.ts';

/** Neon's pooler hands connections on between transactions: locks and settings of a session would get lost (neon.com/docs, "Connection pooling"). */
const POOLER = /-pooler\./;

/** Milliseconds to reach the database: Neon's may have to wake up first. */
const CONNECT_TIMEOUT_MS = 30_000;

/**
 * A connection of our own, by the direct address. `name`: who we are, for whoever looks who holds a lock. Throws `config_invalid` for a
 * pooled address, `service_failed` when the database cannot be reached; neither shows the password.
 */
export async function connect(url: string, name: string): Promise<pg.Client> {
  if (POOLER.test(new URL(url).hostname)) {
    throw new NearcadeError(
      'config_invalid',
      "The owner's database URL leads to Neon's pooler: migrations need the direct address, without -pooler.",
    );
  }
  return signIn(url, name);
}

/** The same by any address. Throws `service_failed`, which does not show the password. */
export async function signIn(url: string, name: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    application_name: name.slice(0, NAME_MAX),
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
  });
  // "already exists, skipping" is no news.
  client.on('notice', () => {});
  // A connection that breaks while nothing is asked: the next question says so.
  client.on('error', () => {});
  try {
    await client.connect();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new NearcadeError('service_failed', `The database cannot be reached: ${reason}`, { cause });
  }
  return client;
}

/** Postgres cuts longer ones off (NAMEDATALEN). */
const NAME_MAX = 63;

/** SQLSTATE of an error of Postgres, or undefined. */
export function sqlState(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.code : undefined;
}
