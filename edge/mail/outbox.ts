import { desc, eq, type SQL, sql } from 'drizzle-orm';
import { log } from '#edge/http/log.ts';
import type { Services } from '#edge/services.ts';
import type { Database } from '#edge/store/database.ts';
import { mails } from '#edge/store/schema.ts';
import { type Mail, type Mailer, MailRefused, openMailer } from './mailer.ts';

/** Mails of one turn: sent side by side, all within the back-off that keeps others from sending them too. */
const TURN = 20;

/** Turns of one run of cron: the next is due in a minute. */
const TURNS_OF_CRON = 10;

/** The first back-off; it doubles with each attempt, up to an hour: ten attempts reach over five hours. */
const BACKOFF_S = 60;
const BACKOFF_MAX_S = 3600;
const ATTEMPTS = 10;

/** For how long people can look up what became of a mail. */
const KEEP_DAYS = 30;

/** Of an error, at most this much is kept. */
const ERROR_MAX_CHARS = 500;

/**
 * The statement that puts a mail into the outbox, as a part of the one that does what it tells of. `rows` is the FROM clause
 * with user_id and email of whom it is for: no row, no mail. Then call `sendDueMails`.
 */
export function insertMail(rows: SQL, mail: Omit<Mail, 'recipient'>, usefulSeconds: number): SQL {
  return sql`
    insert into ${mails} (user_id, recipient, subject, text, expires_at)
    select user_id, email, ${mail.subject}::text, ${mail.text}::text, now() + make_interval(secs => ${usefulSeconds}::float8)
    from ${rows}`;
}

/** Forgets the mails to `userId` (SQL); a statement. */
export function deleteMailsOf(db: Database, userId: SQL) {
  return db.execute(sql`delete from ${mails} where user_id = ${userId}`);
}

interface Claimed extends Record<string, unknown> {
  id: string;
  recipient: string;
  subject: string;
  text: string;
  attempts: number;
  late: boolean;
}

export interface SendOptions {
  /** Only the mails to this address, or about this user: what a request has just written. Else all. */
  to?: { recipient: string } | { userId: string };
  mailer?: Mailer;
}

/**
 * Sends the mails whose time has come: at once after they were written, and each minute by cron. At least once: a mail whose
 * sender dies between the service's answer and its note goes out twice. Never throws for a mail; what can't be sent is given up
 * with its reason in the outbox and an error in the log. Answers how many were tried.
 */
export async function sendDueMails(
  { db, settings }: Pick<Services, 'db' | 'settings'>,
  { to, mailer = openMailer(settings) }: SendOptions = {},
): Promise<number> {
  const those =
    to === undefined
      ? sql`true`
      : 'userId' in to
        ? sql`user_id = ${to.userId}::uuid`
        : sql`recipient = ${to.recipient}`;
  // Whoever claims mails leaves them to nobody else until the back-off is over.
  const { rows } = await db.execute<Claimed>(sql`
    update ${mails} as mail
    set attempts = mail.attempts + 1,
      next_try_at = now() + make_interval(secs => least(${BACKOFF_MAX_S}, ${BACKOFF_S} * 2 ^ mail.attempts)::float8)
    from (
      select id from ${mails} where next_try_at <= now() and ${those}
      order by next_try_at limit ${TURN} for update skip locked
    ) as due
    where mail.id = due.id
    returning mail.id, mail.recipient, mail.subject, mail.text, mail.attempts, mail.expires_at <= now() as late`);
  await Promise.all(rows.map(mail => sendOne(db, mailer, mail)));
  return rows.length;
}

/** Turn after turn, until none is due: cron's. */
export async function sendAllDueMails(services: Pick<Services, 'db' | 'settings'>): Promise<void> {
  for (let turn = 0; turn < TURNS_OF_CRON; turn++) if ((await sendDueMails(services)) < TURN) return;
}

async function sendOne(db: Database, mailer: Mailer, mail: Claimed): Promise<void> {
  try {
    if (mail.late) throw new MailRefused('It was not sent before its link ran out');
    const gone = (await mailer.send(mail)) === 'handed_over';
    await db
      .update(mails)
      .set({ sentAt: sql`now()`, nextTryAt: null, lastError: null, ...(gone ? { text: null } : {}) })
      .where(eq(mails.id, mail.id));
  } catch (error) {
    const lastError = (error instanceof Error ? error.message : String(error)).slice(0, ERROR_MAX_CHARS);
    const over = error instanceof MailRefused || mail.attempts >= ATTEMPTS;
    log(over ? 'error' : 'warn', over ? 'mail given up' : 'mail not sent yet', {
      mailId: mail.id,
      attempts: mail.attempts,
      error: lastError,
    });
    // Its text stays as long as it is of use: an operator may have it tried again.
    const state = over ? { failedAt: sql`now()`, nextTryAt: null, ...(mail.late ? { text: null } : {}) } : {};
    await db
      .update(mails)
      .set({ lastError, ...state })
      .where(eq(mails.id, mail.id));
  }
}

/** Deletes mails that nobody asks about any more, and the text of those that are of no use any more. */
export async function deleteOldMails(db: Database): Promise<void> {
  await db.execute(sql`
    update ${mails} set text = null where failed_at is not null and text is not null and expires_at <= now()`);
  await db.delete(mails).where(sql`${mails.createdAt} < now() - make_interval(days => ${KEEP_DAYS})`);
}

/** The last mails, the newest first: for the page that one machine's outbox is read on. */
export async function readOutbox(db: Database, recipient?: string) {
  return db
    .select({
      id: mails.id,
      recipient: mails.recipient,
      subject: mails.subject,
      text: mails.text,
      createdAt: mails.createdAt,
      sentAt: mails.sentAt,
    })
    .from(mails)
    .where(recipient === undefined ? undefined : eq(mails.recipient, recipient))
    .orderBy(desc(mails.id))
    .limit(SHOWN);
}

/** Mails on the outbox page. */
const SHOWN = 50;
