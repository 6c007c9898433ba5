import { eq, sql } from 'drizzle-orm';
import { hashSecret } from '#edge/http/secrets.ts';
import { insertMail } from '#edge/mail/outbox.ts';
import type { Services } from '#edge/services.ts';
import { violatedUnique } from '#edge/store/database.ts';
import { accountLinks, signIns, users } from '#edge/store/schema.ts';
import type { AccessClaims } from '#shared/api/accounts.ts';
import { NearcadeError } from '#shared/errors.ts';
import { mailLink, mayBeSentLink } from './links.ts';
import { EMAIL_CHANGED, NEWS_S } from './mails.ts';
import { requireProof } from './password-check.ts';
import { isFirstAdmin } from './standing.ts';

/** Mails the caller another link to verify their address. Throws `already_verified`, `not_found` without an address, or `rate_limited`. */
export async function mailVerificationLink(services: Services, claims: AccessClaims): Promise<void> {
  const { db } = services;
  const account = sql`
    select id as user_id, email, email_verified_at from ${users} where id = ${claims.sub}::uuid and deleted_at is null`;
  const due = sql`
    account where email is not null and email_verified_at is null and ${mayBeSentLink('verify_email', sql`account.user_id`)}`;
  const [locked, made] = await db.batch([
    db.execute<{ email: string | null; email_verified_at: string | null }>(sql`${account} for update`),
    db.execute(
      sql`with account as (${account}), ${mailLink(services, 'verify_email', due)} select 1 from link`,
    ),
  ]);
  const [user] = locked.rows;
  if (user === undefined) throw new NearcadeError('unauthenticated');
  if (user.email === null) throw new NearcadeError('not_found', 'This account has no e-mail address');
  if (user.email_verified_at !== null) throw new NearcadeError('already_verified');
  if (made.rows.length === 0)
    throw new NearcadeError('rate_limited', 'A mail was sent already: wait a while');
}

/**
 * Mails a link to the address that the caller wants to have, which is taken when it is followed. When somebody else has that
 * address, no mail is sent, and the caller is not told. Throws `proof_needed`, `credentials_wrong`, `forbidden` to guests or
 * `rate_limited`.
 */
export async function mailChangeLink(
  services: Services,
  claims: AccessClaims,
  { email, password }: { email: string; password?: string | undefined },
): Promise<void> {
  const { db } = services;
  await requireProof(services, claims, password);
  const account = sql`
    select id as user_id, guest, ${mayBeSentLink('change_email', sql`${claims.sub}::uuid`)} as allowed
    from ${users} where id = ${claims.sub}::uuid and deleted_at is null`;
  const due = sql`
    (select user_id, ${email}::text as email from account where allowed and not guest) as due
    where not exists (select 1 from ${users} where email = ${email})`;
  const [locked, counted] = await db.batch([
    db.execute<{ guest: boolean }>(
      sql`select guest from ${users} where id = ${claims.sub}::uuid and deleted_at is null for update`,
    ),
    db.execute<{ allowed: boolean }>(sql`
      with account as (${account}), ${mailLink(services, 'change_email', due)} select allowed from account`),
  ]);
  const [user] = locked.rows;
  if (user === undefined) throw new NearcadeError('unauthenticated');
  if (user.guest) throw new NearcadeError('forbidden', 'A guest claims the account to get an address');
  if (!counted.rows[0]?.allowed)
    throw new NearcadeError('rate_limited', 'A mail was sent already: wait a while');
}

/**
 * Follows a link that verifies an address or changes to it. Following it again answers the same. `reader`: who is signed in where it is
 * followed, if anybody is: only that account becomes the first admin by it, since anybody could have made one with an address that
 * somebody else reads. Throws `link_invalid`, or `email_taken` when somebody else took the address meanwhile.
 */
export async function verifyEmail(
  services: Services,
  token: string,
  reader?: Pick<AccessClaims, 'sid'>,
): Promise<{ email: string }> {
  const tokenHash = hashSecret(token);
  const email =
    (await followLink(services, tokenHash, reader?.sid ?? null)) ??
    (await emailOfFollowedLink(services, tokenHash));
  if (email === undefined) throw new NearcadeError('link_invalid');
  return { email };
}

async function followLink(
  { db, settings }: Services,
  tokenHash: string,
  signInId: string | null,
): Promise<string | undefined> {
  const isReader = sql`account.id = (
    select user_id from ${signIns} where id = ${signInId}::uuid and ended_at is null)`;
  try {
    const { rows } = await db.execute<{ email: string }>(sql`
      with link as (
        update ${accountLinks} set used_at = now()
        where token_hash = ${tokenHash} and purpose in ('verify_email', 'change_email')
          and used_at is null and expires_at > now()
        returning user_id, email, purpose
      ), before as (
        select before.id as user_id, before.email from ${users} as before join link on link.user_id = before.id
        where before.email is not null and before.email <> link.email
      ), account as (
        update ${users} as account
        set email = link.email, email_verified_at = now(),
          role = case when ${isFirstAdmin(settings, sql`link.email`)} and ${isReader} then 'admin' else account.role end
        from link
        where account.id = link.user_id and account.deleted_at is null
          and (account.email = link.email or link.purpose = 'change_email')
        returning account.id, account.email
      ), news as (${insertMail(sql`before where exists (select 1 from account)`, EMAIL_CHANGED, NEWS_S)})
      select email from account`);
    return rows[0]?.email;
  } catch (error) {
    if (violatedUnique(error) === 'users_email_unique') throw new NearcadeError('email_taken');
    throw error;
  }
}

/** A second click, or a mail reader that looked first: what the link was to do has been done. */
async function emailOfFollowedLink({ db }: Services, tokenHash: string): Promise<string | undefined> {
  const [found] = await db
    .select({ email: accountLinks.email })
    .from(accountLinks)
    .innerJoin(users, eq(users.id, accountLinks.userId))
    .where(
      sql`${accountLinks.tokenHash} = ${tokenHash} and ${accountLinks.usedAt} is not null
        and ${accountLinks.purpose} in ('verify_email', 'change_email')
        and ${users.email} = ${accountLinks.email} and ${users.emailVerifiedAt} is not null`,
    );
  return found?.email;
}
