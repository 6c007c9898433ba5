import { and, asc, eq, sql } from 'drizzle-orm';
import { IDENTITY_LINKED, NEWS_S } from '#edge/accounts/mails.ts';
import { signInLasts } from '#edge/accounts/sign-ins.ts';
import { hasOtherWayIn, lockAccount } from '#edge/accounts/ways-in.ts';
import { insertMail } from '#edge/mail/outbox.ts';
import { type Database, violatedUnique } from '#edge/store/database.ts';
import { identities, signIns, users } from '#edge/store/schema.ts';
import type { Identity } from '#shared/api/oidc.ts';
import { NearcadeError } from '#shared/errors.ts';
import type { Person } from './provider.ts';

/** What other players see of somebody whom the provider gives no name. */
const NAMELESS = 'Player';

/** Of two callbacks for one new person the second runs into the first's rows, once for each unique constraint at most. */
const TRIES = 4;

/**
 * The account of a person whom the provider vouches for; a new one if there is none. An account with their e-mail address becomes
 * theirs only when that is safe: both the provider and we have verified the address, it is an ordinary player's, and it knows
 * nobody else at this provider. Throws `oidc_email_unverified` or `oidc_email_in_use` when it is not.
 */
export async function userOfPerson(db: Database, person: Person): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    try {
      const userId = await findLinkOrMake(db, person);
      if (userId !== undefined) return userId;
      throw new NearcadeError(person.emailVerified ? 'oidc_email_in_use' : 'oidc_email_unverified');
    } catch (error) {
      if (violatedUnique(error) === undefined || attempt === TRIES) throw error;
    }
  }
}

/** One statement. Undefined: an account has the address, and it was not safe to link it. */
async function findLinkOrMake(db: Database, person: Person): Promise<string | undefined> {
  const { issuer, subject, email, emailVerified, name } = person;
  const ownEmail = emailVerified ? email : null;
  const { rows } = await db.execute<{ userId: string }>(sql`
    with known as (
      update ${identities} set last_used_at = now(), email = ${email}::text
      where issuer = ${issuer} and subject = ${subject}
      returning user_id
    ), namesake as (
      select id from ${users} where email = ${email}::text and not exists (select 1 from known)
    ), safe as (
      select id from ${users}
      where email = ${ownEmail}::text and email_verified_at is not null and role = 'player' and deleted_at is null
        and not exists (select 1 from known)
        and not exists (select 1 from ${identities} as other where other.user_id = ${users.id} and other.issuer = ${issuer})
      for update
    ), made as (
      insert into ${users} (email, email_verified_at, display_name)
      select ${ownEmail}::text, case when ${ownEmail}::text is not null then now() end, ${name ?? NAMELESS}::text
      where not exists (select 1 from known) and not exists (select 1 from namesake)
      returning id
    ), linked as (
      insert into ${identities} (user_id, issuer, subject, email)
      select id, ${issuer}::text, ${subject}::text, ${email}::text from (select id from safe union all select id from made) as owner
      returning user_id
    ), mail as (
      ${insertMail(sql`linked join safe on safe.id = user_id join ${users} as account using (id)`, IDENTITY_LINKED, NEWS_S)}
    )
    select user_id as "userId" from known union all select user_id from linked`);
  return rows[0]?.userId;
}

/**
 * Links a person to the account of a sign-in; again, it changes nothing. Throws
 * `identity_taken` when the person has another account or the account another person, `unauthenticated` when the sign-in has
 * ended meanwhile.
 */
export async function linkPerson(db: Database, signInId: string, person: Person): Promise<void> {
  const { issuer, subject, email } = person;
  const mailed = sql`${users} as account join linked on linked.user_id = account.id where is_new and account.email is not null`;
  try {
    const { rows } = await db.execute<{ linked: boolean }>(sql`
      with owner as (
        select user_id from ${signIns} where id = ${signInId}::uuid and ${signInLasts(signInId)}
      ), linked as (
        insert into ${identities} as identity (user_id, issuer, subject, email)
        select user_id, ${issuer}::text, ${subject}::text, ${email}::text from owner
        on conflict (issuer, subject) do update set email = excluded.email, last_used_at = now()
        where identity.user_id = excluded.user_id
        returning user_id, old.user_id is null as is_new
      ), mail as (${insertMail(mailed, IDENTITY_LINKED, NEWS_S)})
      select exists (select 1 from linked) as linked from owner`);
    const [owner] = rows;
    if (owner === undefined) throw new NearcadeError('unauthenticated');
    if (!owner.linked) throw new NearcadeError('identity_taken');
  } catch (error) {
    if (violatedUnique(error) !== undefined) throw new NearcadeError('identity_taken');
    throw error;
  }
}

/** Oldest first; one a provider. */
export async function listIdentities(db: Database, userId: string): Promise<Identity[]> {
  const rows = await db
    .select({
      id: identities.id,
      issuer: identities.issuer,
      email: identities.email,
      createdAt: identities.createdAt,
      lastUsedAt: identities.lastUsedAt,
    })
    .from(identities)
    .where(eq(identities.userId, userId))
    .orderBy(asc(identities.id));
  return rows.map(row => ({
    ...row,
    createdAt: row.createdAt.toISOString(),
    lastUsedAt: row.lastUsedAt.toISOString(),
  }));
}

/** Throws `identity_not_found`, or `last_sign_in_method` when nothing else lets its owner in. */
export async function unlinkIdentity(db: Database, userId: string, id: string): Promise<void> {
  const mine = and(eq(identities.id, id), eq(identities.userId, userId));
  const [, [found], removed] = await db.batch([
    lockAccount(db, userId),
    db.select({ id: identities.id }).from(identities).where(mine),
    db
      .delete(identities)
      .where(and(mine, hasOtherWayIn(userId, id)))
      .returning({ id: identities.id }),
  ]);
  if (found === undefined) throw new NearcadeError('identity_not_found');
  if (removed.length === 0) throw new NearcadeError('last_sign_in_method');
}
