import { type SQL, sql } from 'drizzle-orm';
import { hashSecret } from '#edge/http/secrets.ts';
import type { Services } from '#edge/services.ts';
import type { Database } from '#edge/store/database.ts';
import { signInLocks, signIns, users } from '#edge/store/schema.ts';
import { NearcadeError } from '#shared/errors.ts';
import type { Device } from './devices.ts';

/**
 * Lock-out: each wrong password after the free ones makes the next try wait, twice as long each time. Kept in Postgres, so that
 * flushing Redis forgives nobody. A stranger can make the owner wait only on devices that the owner never signed in on: the
 * others are counted apart (OWASP, "device cookies"), and a password reset forgives all.
 */
const FREE_TRIES = 5;
const FIRST_WAIT_S = 30;

/** Long enough for 100 guesses a day at most, short enough to wait for. */
const LONGEST_WAIT_S = 15 * 60;

/** Without a try for so long, the count begins anew. */
const FORGET_S = 24 * 3600;

type What = 'email' | 'user' | 'client';

/** What is stored of whom tries are counted for: the table should not be a list of who signs in. */
const guardedBy = (what: What, value: string) => hashSecret(`${what}:${value}`);

/** A try that has been counted as wrong until `forgiveTries` says otherwise, so that a hundred at once are counted too. */
export interface PasswordTry {
  /** Of the account that it is for; undefined for an unknown address. */
  account: { id: string; passwordHash: string | null } | undefined;
  subject: string;
}

/** The client's own count, for a try that needs no account. */
export interface Client {
  address: string;
  device: Device;
}

/**
 * Counts a try for the account of an e-mail address, in one statement with finding it. Throws `sign_in_locked` (details.
 * retryAfterSeconds), in the same way for an address that nobody has.
 */
export async function beginSignInTry(db: Database, email: string, client: Client): Promise<PasswordTry> {
  const guarded = guardedBy('email', email);
  const known = sql`exists (
    select 1 from ${signIns} as sign_in join account on account.id = sign_in.user_id
    where sign_in.device_hash = ${client.device.hash}
      and (sign_in.end_reason is null or sign_in.end_reason in ('logout', 'ended_elsewhere')))`;
  const { rows } = await db.execute<{
    id: string | null;
    password_hash: string | null;
    subject: string | null;
  }>(sql`
    with account as (
      select id, password_hash from ${users} where email = ${email}
    ), device as (
      select case when ${known} then ${`.${client.device.hash}`}::text else '' end as suffix
    ), tried as (
      ${countTry(guarded, sql`device.suffix`)}
      from device
      where device.suffix <> '' or not exists (
        select 1 from ${signInLocks} where subject = ${guardedBy('client', client.address)} and locked_until > now())
      ${onRepeatedTry(FREE_TRIES)}
      returning subject
    )
    select account.id, account.password_hash, tried.subject
    from (select) as one left join account on true left join tried on true`);
  const [found] = rows;
  if (found === undefined || found.subject === null) {
    throw await locked(db, [guarded, guardedBy('client', client.address)]);
  }
  const account = found.id === null ? undefined : { id: found.id, passwordHash: found.password_hash };
  return { account, subject: found.subject };
}

/** Counts a try of a user who is signed in, apart from those of signing in: a stolen tab locks nobody out. */
export async function beginUserTry(db: Database, userId: string): Promise<PasswordTry> {
  const guarded = guardedBy('user', userId);
  const { rows } = await db.execute<{ password_hash: string | null }>(sql`
    with tried as (
      ${countTry(guarded, sql`''`)} ${onRepeatedTry(FREE_TRIES)}
      returning subject
    )
    select password_hash from ${users}, tried where id = ${userId}::uuid`);
  const [found] = rows;
  if (found === undefined) throw await locked(db, [guarded]);
  return { account: { id: userId, passwordHash: found.password_hash }, subject: guarded };
}

/** The password was right: what was counted for this account, here, is forgotten. */
export async function forgiveTries(db: Database, { subject }: PasswordTry): Promise<void> {
  await db.execute(sql`delete from ${signInLocks} where subject = ${subject}`);
}

/** Counts a wrong password for the client's address. Nothing but time forgives it: who guesses can sign in to an account of their own. */
export async function countClientFailure(
  { db, settings }: Pick<Services, 'db' | 'settings'>,
  address: string,
): Promise<void> {
  await db.execute(sql`
    ${countTry(guardedBy('client', address), sql`''`)} ${onRepeatedTry(settings.SIGN_IN_FAILURES_PER_ADDRESS)}`);
}

/** The statement that forgets every try for an e-mail address, on all devices: its owner has shown that they read its mail. */
export const forgiveAddress = (email: string) =>
  sql`delete from ${signInLocks} where guarded = ${guardedBy('email', email)}`;

/** Deletes counts that would begin anew anyway. */
export async function deleteOldLocks(db: Database): Promise<void> {
  await db.execute(sql`
    delete from ${signInLocks} where last_try_at < now() - make_interval(secs => ${FORGET_S}::float8)`);
}

/** `suffix`: of a device that is counted apart. */
const countTry = (guarded: string, suffix: SQL) => sql`
  insert into ${signInLocks} as lock (subject, guarded, failures)
  select ${guarded}::text || ${suffix}, ${guarded}::text, 1`;

/** Raises the count unless it is locked; the row's lock makes tries of one instant take turns. */
const onRepeatedTry = (freeTries: number) => {
  const failures = sql`(case when lock.last_try_at < now() - make_interval(secs => ${FORGET_S}::float8)
    then 1 else lock.failures + 1 end)`;
  // The exponent is bounded too: 2 to the power of a million is an error.
  const wait = sql`least(${LONGEST_WAIT_S}, ${FIRST_WAIT_S} * 2 ^ least(${failures} - ${freeTries}, 20))`;
  return sql`
    on conflict (subject) do update
    set failures = ${failures}, last_try_at = now(),
      locked_until = case when ${failures} >= ${freeTries} then now() + make_interval(secs => ${wait}::float8) end
    where lock.locked_until is null or lock.locked_until <= now()`;
};

async function locked(db: Database, guarded: readonly string[]): Promise<NearcadeError> {
  const { rows } = await db.execute<{ seconds: number | null }>(sql`
    select ceil(extract(epoch from max(locked_until) - now()))::int as seconds from ${signInLocks}
    where locked_until > now()
      and guarded in (${sql.join(
        guarded.map(value => sql`${value}`),
        sql`, `,
      )})`);
  const retryAfterSeconds = rows[0]?.seconds ?? 1;
  return new NearcadeError(
    'sign_in_locked',
    `Too many wrong passwords: wait ${describeSeconds(retryAfterSeconds)}, or reset the password`,
    { details: { retryAfterSeconds } },
  );
}

function describeSeconds(seconds: number): string {
  return seconds <= 90 ? `${seconds} seconds` : `${Math.ceil(seconds / 60)} minutes`;
}
