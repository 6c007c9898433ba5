import { type SQL, sql } from 'drizzle-orm';
import { hashSecret, newSecret } from '#edge/http/secrets.ts';
import { insertMail } from '#edge/mail/outbox.ts';
import type { Services } from '#edge/services.ts';
import type { Database } from '#edge/store/database.ts';
import type { AccountLinkPurpose } from '#edge/store/schema/accounts.ts';
import { accountLinks } from '#edge/store/schema.ts';
import { wordLinkMail } from './mails.ts';

/** A reset is used at once or not at all; an address may be verified tomorrow. */
const LINK_TTL_S: Readonly<Record<AccountLinkPurpose, number>> = {
  verify_email: 24 * 3600,
  reset_password: 3600,
  change_email: 3600,
};

/** Pages of the web app (edge/web/app/router.ts). */
const PAGES: Readonly<Record<AccountLinkPurpose, string>> = {
  verify_email: '/verify',
  reset_password: '/reset-password',
  change_email: '/verify',
};

/** Links of one purpose that a user is sent: nobody's mailbox is flooded by somebody else. */
const PER_HOUR = 5;
const APART_S = 60;

/** How long a link that has run out can still be told from one that never was. */
const KEEP_S = 24 * 3600;

/**
 * CTEs `link` and `mail` that make a link and mail it, as a part of the statement that makes it needed. `rows` is the FROM
 * clause with user_id and email of whom it is for: no row, no mail.
 */
export function mailLink(
  { settings }: Pick<Services, 'settings'>,
  purpose: AccountLinkPurpose,
  rows: SQL,
): SQL {
  const token = newSecret();
  const lifetime = LINK_TTL_S[purpose];
  const url = `${settings.PUBLIC_URL}${PAGES[purpose]}?token=${token}`;
  return sql`
    link as (
      insert into ${accountLinks} (token_hash, user_id, purpose, email, expires_at)
      select ${hashSecret(token)}::text, user_id, ${purpose}::text, email,
        now() + make_interval(secs => ${lifetime}::float8)
      from ${rows}
      returning user_id, email
    ), mail as (${insertMail(sql`link`, wordLinkMail(purpose, url, lifetime), lifetime)})`;
}

/** Condition: `userId` may be sent another link. Holds against a race only in a transaction that has locked the user's row. */
export const mayBeSentLink = (purpose: AccountLinkPurpose, userId: SQL) => sql`(
  select count(*) < ${PER_HOUR} and coalesce(max(created_at) < now() - make_interval(secs => ${APART_S}::float8), true)
  from ${accountLinks}
  where user_id = ${userId} and purpose = ${purpose} and created_at > now() - interval '1 hour')`;

export async function deleteOldLinks(db: Database): Promise<void> {
  await db.execute(sql`
    delete from ${accountLinks} where expires_at < now() - make_interval(secs => ${KEEP_S}::float8)`);
}
