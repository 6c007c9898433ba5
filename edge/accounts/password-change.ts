import { and, eq, isNull, sql } from 'drizzle-orm';
import { hashSecret } from '#edge/http/secrets.ts';
import { insertMail } from '#edge/mail/outbox.ts';
import type { Services } from '#edge/services.ts';
import { accountLinks, signIns, users } from '#edge/store/schema.ts';
import type { AccessClaims } from '#shared/api/accounts.ts';
import { NearcadeError } from '#shared/errors.ts';
import type { Device } from './devices.ts';
import { mailLink, mayBeSentLink } from './links.ts';
import { forgiveAddress } from './lock-out.ts';
import { NEWS_S, PASSWORD_CHANGED } from './mails.ts';
import { checkOwnPassword } from './password-check.ts';
import { hashPassword } from './passwords.ts';
import { beginSignIn, requireRecentProof, type SignedIn } from './sign-ins.ts';
import { isFirstAdmin, noAdminYet } from './standing.ts';
import { removeWaysIn } from './ways-in.ts';

/**
 * Sets another password and ends every other sign-in. Who has a password gives it; who has none has shown a short while ago who
 * they are. Throws `credentials_wrong`, `sign_in_locked`, `proof_needed`, `forbidden` to guests, or `unauthenticated` when it was
 * changed elsewhere at the same time.
 */
export async function changePassword(
  services: Services,
  claims: AccessClaims,
  { currentPassword, newPassword }: { currentPassword?: string | undefined; newPassword: string },
): Promise<void> {
  const { db } = services;
  const old = await checkOldPassword(services, claims, currentPassword);
  const hash = await hashPassword(newPassword);
  const changed = sql`select 1 from ${users} where id = ${claims.sub}::uuid and password_hash = ${hash}`;
  // First the user's row: what signs in with the old password has begun before, and is ended, or finds another one.
  const [taken, ended] = await db.batch([
    db.execute(sql`
      with changed as (
        update ${users} set password_hash = ${hash}
        where id = ${claims.sub}::uuid and deleted_at is null and password_hash is not distinct from ${old}
        returning id as user_id, email
      ), mail as (${insertMail(sql`changed where email is not null`, PASSWORD_CHANGED, NEWS_S)})
      select user_id from changed`),
    db
      .update(signIns)
      .set({ endedAt: sql`now()`, endReason: 'password_changed' })
      .where(
        and(
          eq(signIns.userId, claims.sub),
          isNull(signIns.endedAt),
          sql`${signIns.id} <> ${claims.sid}::uuid`,
          sql`exists (${changed})`,
        ),
      )
      .returning({ id: signIns.id }),
    db.execute(sql`
      update ${accountLinks} set used_at = now()
      where user_id = ${claims.sub}::uuid and purpose = 'reset_password' and used_at is null and exists (${changed})`),
  ]);
  if (taken.rows.length === 0) throw new NearcadeError('unauthenticated');
  const ids = ended.map(row => row.id);
  await services.live.cut(claims.sub, ids, 'password_changed');
}

async function checkOldPassword(
  services: Services,
  claims: AccessClaims,
  password: string | undefined,
): Promise<string | null> {
  if (password !== undefined) return (await checkOwnPassword(services, claims, password)).passwordHash;
  const [user] = await services.db
    .select({ passwordHash: users.passwordHash, guest: users.guest })
    .from(users)
    .where(eq(users.id, claims.sub));
  if (user?.guest) throw new NearcadeError('forbidden', 'A guest claims the account to get a password');
  if (user?.passwordHash != null) throw new NearcadeError('proof_needed', 'Give the password that you have');
  await requireRecentProof(services, claims);
  return null;
}

/** Mails a link to set a new password, if the address has an account. Answers and takes as long either way. */
export async function mailResetLink(services: Services, email: string): Promise<void> {
  const { db } = services;
  const account = sql`select id as user_id, email from ${users} where email = ${email} and deleted_at is null`;
  await db.batch([
    db.execute(sql`${account} for update`),
    db.execute(sql`
      with account as (${account}),
      ${mailLink(services, 'reset_password', sql`account where ${mayBeSentLink('reset_password', sql`account.user_id`)}`)}
      select 1`),
  ]);
}

/**
 * Sets a new password by a mailed link and signs in on this device; every other sign-in ends, and every lock-out. The address is
 * verified by that; when it never was before, whoever made the account may have been somebody else, and what else they set up to
 * sign in with is removed. Who reads the first admin's mail becomes that by it, while there is no admin. Throws `link_invalid` or `banned`.
 */
export async function resetPassword(
  services: Services,
  { token, password }: { token: string; password: string },
  device: Device,
): Promise<SignedIn> {
  const { db, settings } = services;
  const hash = await hashPassword(password);
  const tokenHash = hashSecret(token);
  // Only this request's own hash is that: proof for the statements after the first that it went through.
  const account = sql`
    select id from ${users} where password_hash = ${hash}
      and id = (select user_id from ${accountLinks} where token_hash = ${tokenHash})`;
  const [taken, ended] = await db.batch([
    db.execute<{ id: string; email: string }>(sql`
      with link as (
        update ${accountLinks} set used_at = now()
        where token_hash = ${tokenHash} and purpose = 'reset_password' and used_at is null and expires_at > now()
        returning user_id, email
      )
      update ${users} as account
      set password_hash = ${hash}, email_verified_at = coalesce(account.email_verified_at, now()),
        role = case when ${isFirstAdmin(settings, sql`account.email`)} and ${noAdminYet} then 'admin' else account.role end
      from link
      where account.id = link.user_id and account.email = link.email and account.deleted_at is null
      returning account.id, account.email`),
    db
      .update(signIns)
      .set({ endedAt: sql`now()`, endReason: 'password_reset' })
      .where(and(isNull(signIns.endedAt), sql`${signIns.userId} = (${account})`))
      .returning({ id: signIns.id }),
    db.execute(sql`
      update ${accountLinks} set used_at = now()
      where user_id = (${account}) and purpose = 'reset_password' and used_at is null`),
    ...removeWaysIn(db, sql`(${account} and email_verified_at = now())`),
  ]);
  const [user] = taken.rows;
  if (user === undefined) throw new NearcadeError('link_invalid');
  await db.execute(forgiveAddress(user.email));
  const ids = ended.map(row => row.id);
  await services.live.cut(user.id, ids, 'password_changed');
  return beginSignIn(services, user, device, { passwordHash: hash });
}
