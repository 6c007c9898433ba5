import { randomInt } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { requireEntry } from '#edge/admin/platform/entry.ts';
import { deletionOfRecordings } from '#edge/recordings/own.ts';
import { deletionOfSaves } from '#edge/saves/own.ts';
import type { Services } from '#edge/services.ts';
import { type Database, violatedUnique } from '#edge/store/database.ts';
import { refreshTokens, signIns, users } from '#edge/store/schema.ts';
import type { AccessClaims, User } from '#shared/api/accounts.ts';
import { NearcadeError } from '#shared/errors.ts';
import { REFRESH_TOKEN_TTL_S } from '#shared/limits.ts';
import { DELETED_NAME } from './delete.ts';
import type { Device } from './devices.ts';
import { mailLink } from './links.ts';
import { hashPassword } from './passwords.ts';
import { beginSignIn, type SignedIn } from './sign-ins.ts';
import { publicUser } from './users.ts';
import { hasPasskeyOrIdentity } from './ways-in.ts';

/** Idle guests in one turn of the cron: the next turn takes the rest. */
const ANONYMISED_AT_ONCE = 1000;

/** Makes an account without a way to sign in again, and signs in. It plays at once and can be claimed later. */
export async function newGuest(
  services: Services,
  displayName: string | undefined,
  device: Device,
): Promise<SignedIn> {
  await requireEntry(services, { userId: null }, 'sign_in');
  const name = displayName ?? `Guest ${randomInt(1000, 10_000)}`;
  const [guest] = await services.db
    .insert(users)
    .values({ displayName: name, guest: true })
    .returning({ id: users.id });
  if (guest === undefined) throw new NearcadeError('internal');
  return beginSignIn(services, guest, device);
}

/**
 * Gives a guest an e-mail address and a password: the same account, with all it has, from then on like any other. Throws
 * `email_taken` or `not_a_guest`.
 */
export async function claimGuest(
  services: Services,
  claims: AccessClaims,
  request: { email: string; password: string; displayName?: string | undefined },
): Promise<User> {
  const passwordHash = await hashPassword(request.password);
  try {
    const { rows } = await services.db.execute(sql`
      with account as (
        update ${users}
        set email = ${request.email}, password_hash = ${passwordHash}, guest = false,
          display_name = coalesce(${request.displayName ?? null}::text, display_name)
        where id = ${claims.sub}::uuid and guest and deleted_at is null
          and exists (select 1 from ${signIns} where id = ${claims.sid}::uuid and ended_at is null)
        returning id as user_id, email
      ), ${mailLink(services, 'verify_email', sql`account`)}
      select user_id from account`);
    if (rows.length === 0) throw new NearcadeError('not_a_guest');
  } catch (error) {
    if (violatedUnique(error) === 'users_email_unique') throw new NearcadeError('email_taken');
    throw error;
  }
  const [user] = await services.db.select(publicUser).from(users).where(eq(users.id, claims.sub));
  if (user === undefined) throw new NearcadeError('internal');
  return user;
}

/** Takes the names and the saved games from guests whose last sign-in has run out and who have no other: nobody can come back to them. */
export async function anonymiseIdleGuests(db: Database): Promise<void> {
  await db.execute(sql`
    with gone as (
      update ${users} set deleted_at = now(), display_name = ${DELETED_NAME}, guest = false
      where id in (
        select id from ${users} as idle
        where guest and created_at < now() - make_interval(secs => ${REFRESH_TOKEN_TTL_S}::float8)
          and not ${hasPasskeyOrIdentity(sql`idle.id`)}
          and not exists (
            select 1 from ${signIns} as sign_in join ${refreshTokens} as token on token.sign_in_id = sign_in.id
            where sign_in.user_id = idle.id and sign_in.ended_at is null and token.expires_at > now())
        order by created_at limit ${ANONYMISED_AT_ONCE})
      returning id
    ), films as (
      ${deletionOfRecordings(sql`select id from gone`)}
    ) ${deletionOfSaves(sql`select id from gone`)}`);
}
