import pg from 'pg';
import { connect } from '#deploy/migrations/connect.ts';
import { NearcadeError } from '#shared/errors.ts';

/** Has the Worker's rights; nobody signs in as it. */
const GROUP = 'nearcade_app';

/** The Worker's two roles: one serves while the other is given a new password. */
const TURNS = ['a', 'b'] as const;
export type Turn = (typeof TURNS)[number];

/** The one that does not serve; of nobody's turn the first. */
export const otherTurn = (turn: Turn | undefined): Turn => (turn === 'a' ? 'b' : 'a');

const roleOf = (turn: Turn) => `${GROUP}_${turn}`;

/** The connection string of `like` for a role with a password: same host, database and options. */
export function roleUrl(like: string, turn: Turn, password: string): string {
  const url = new URL(like);
  url.username = roleOf(turn);
  url.password = password;
  return url.href;
}

/** Whose turn it is by a connection string; undefined: somebody's else, as of a database that was set up by hand. */
export function turnOf(url: string): Turn | undefined {
  const { username } = new URL(url);
  return TURNS.find(turn => roleOf(turn) === username);
}

/** What the Worker does in the schema `public`, now and in tables that migrations make later; nothing of the schema itself. */
const RIGHTS = [
  `grant usage on schema public to ${GROUP}`,
  `grant select, insert, update, delete on all tables in schema public to ${GROUP}`,
  `grant usage, select on all sequences in schema public to ${GROUP}`,
  `grant execute on all routines in schema public to ${GROUP}`,
  `alter default privileges in schema public grant select, insert, update, delete on tables to ${GROUP}`,
  `alter default privileges in schema public grant usage, select on sequences to ${GROUP}`,
  `alter default privileges in schema public grant execute on routines to ${GROUP}`,
];

/**
 * Lets the role of a connection string in with its password and the Worker's rights, and tries that. Done twice it changes nothing. Throws
 * `service_failed`. Neon takes passwords in plain text alone, over TLS (neon.com/docs, "Manage roles").
 */
export async function openRole(ownerUrl: string, url: string): Promise<void> {
  const { username, password } = new URL(url);
  if (TURNS.every(turn => roleOf(turn) !== username)) throw new NearcadeError('internal');
  await asOwner(ownerUrl, async client => {
    await makeRole(client, GROUP, 'nologin');
    await makeRole(client, username, 'login');
    // Postgres logs a statement that it refuses, with its password: who may not do this learns it from one without.
    await client.query(`alter role ${username} login`);
    const secret = client.escapeLiteral(decodeURIComponent(password));
    await client.query(`alter role ${username} password ${secret}`);
    await client.query(`grant ${GROUP} to ${username}`);
    for (const right of RIGHTS) await client.query(right);
  });
  await tryRole(url);
}

/** Whether the role of this turn can sign in. */
export async function isOpen(ownerUrl: string, turn: Turn): Promise<boolean> {
  return asOwner(ownerUrl, async client => {
    const { rows } = await client.query<{ can: boolean }>(
      'select rolcanlogin as can from pg_roles where rolname = $1',
      [roleOf(turn)],
    );
    return rows[0]?.can === true;
  });
}

/** Lets the role of this turn in no more. What it has begun ends by itself. Done twice it changes nothing. */
export async function closeRole(ownerUrl: string, turn: Turn): Promise<void> {
  await asOwner(ownerUrl, client => client.query(`alter role ${roleOf(turn)} nologin password null`));
}

async function makeRole(client: pg.Client, name: string, how: 'login' | 'nologin'): Promise<void> {
  const { rowCount } = await client.query('select from pg_roles where rolname = $1', [name]);
  if (rowCount === 0) await client.query(`create role ${name} ${how}`);
}

async function tryRole(url: string): Promise<void> {
  const client = await connect(url, 'nearcade secrets');
  try {
    const { rows } = await client.query<{ lacking: string | null }>(
      `select string_agg(tablename, ', ') as lacking from pg_tables
       where schemaname = 'public'
         and not has_table_privilege(format('%I.%I', schemaname, tablename), 'select, insert, update, delete')`,
    );
    const lacking = rows[0]?.lacking ?? null;
    if (lacking !== null) {
      throw new NearcadeError('service_failed', `The Worker's role may not use these tables: ${lacking}`);
    }
  } finally {
    await client.end();
  }
}

async function asOwner<T>(ownerUrl: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = await connect(ownerUrl, 'nearcade secrets');
  try {
    return await work(client);
  } catch (error) {
    if (error instanceof NearcadeError) throw error;
    // What Postgres says may quote the statement, and with it the password: its code is enough.
    const code = error instanceof pg.DatabaseError ? (error.code ?? 'no code') : 'connection lost';
    throw new NearcadeError(
      'service_failed',
      `The database's owner could not change the Worker's roles (${code})`,
    );
  } finally {
    await client.end();
  }
}
