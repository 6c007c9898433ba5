import { and, desc, eq, isNotNull, lt, type SQL, sql } from 'drizzle-orm';
import { z } from 'zod';
import { decodeCursor, toPage } from '#edge/store/cursor.ts';
import type { Database } from '#edge/store/database.ts';
import { mails } from '#edge/store/schema.ts';
import type { UnsentMail } from '#shared/api/admin-backlog.ts';
import type { Page } from '#shared/api/page.ts';
import { NearcadeError } from '#shared/errors.ts';

/** Mails that were not sent, for operators. */

/** Condition: given up, and worth another try. */
const isSendable: SQL = sql`failed_at is not null and text is not null and expires_at > now()`;

/** Due at once, as if it had just been written. */
const asNew: SQL = sql`attempts = 0, failed_at = null, next_try_at = now()`;

/** Mails that wait, and that were given up, for operators: a number above zero that stays means that mail is broken. */
export async function countUnsentMails(db: Database): Promise<{ waiting: number; givenUp: number }> {
  const [counts] = await db
    .select({
      waiting: sql<number>`(count(*) filter (where ${mails.nextTryAt} is not null))::int`,
      givenUp: sql<number>`(count(*) filter (where ${mails.failedAt} is not null))::int`,
    })
    .from(mails);
  return counts ?? { waiting: 0, givenUp: 0 };
}

/** Mails that were given up, the newest first. Throws `invalid_request` for a cursor that is none of ours. */
export async function listUnsentMails(
  db: Database,
  { cursor, limit }: { cursor?: string | undefined; limit: number },
): Promise<Page<UnsentMail>> {
  const after = decodeCursor(z.tuple([z.uuid()]), cursor)?.[0];
  const rows = await db
    .select({
      id: mails.id,
      recipient: mails.recipient,
      subject: mails.subject,
      attempts: mails.attempts,
      createdAt: mails.createdAt,
      failedAt: mails.failedAt,
      expiresAt: mails.expiresAt,
      sendable: sql<boolean>`${isSendable}`,
      error: mails.lastError,
    })
    .from(mails)
    .where(and(isNotNull(mails.failedAt), after === undefined ? undefined : lt(mails.id, after)))
    .orderBy(desc(mails.id))
    .limit(limit + 1);
  const items = rows.flatMap(({ createdAt, failedAt, expiresAt, sendable, ...row }) =>
    failedAt === null
      ? []
      : [
          {
            ...row,
            createdAt: createdAt.toISOString(),
            failedAt: failedAt.toISOString(),
            sendableUntil: sendable ? expiresAt.toISOString() : null,
          },
        ],
  );
  return toPage(items, limit, mail => [mail.id]);
}

/** What becomes of one mail. Throws `not_found`. */
export async function stateOfMail(db: Database, id: string) {
  const [mail] = await db.select().from(mails).where(eq(mails.id, id));
  if (mail === undefined) throw new NearcadeError('not_found', 'No such mail');
  const { recipient, subject, attempts, sentAt, failedAt, lastError: error } = mail;
  return { recipient, subject, attempts, sentAt, failedAt, error };
}

/** Makes a mail due that was given up, and answers its recipient. Throws `mail_over` when it waits, was sent or has run out. */
export async function requeueMail(db: Database, id: string): Promise<string> {
  const { rows } = await db.execute<{ recipient: string }>(sql`
    update ${mails} set ${asNew} where id = ${id}::uuid and ${isSendable} returning recipient`);
  if (rows[0] === undefined) throw new NearcadeError('mail_over');
  return rows[0].recipient;
}

/** The same with all that are worth it; answers how many. */
export async function requeueMails(db: Database): Promise<number> {
  const { rows } = await db.execute(sql`update ${mails} set ${asNew} where ${isSendable} returning id`);
  return rows.length;
}
