import { sql } from 'drizzle-orm';
import { check, index, integer, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { users } from './accounts.ts';
import { createdAt, moment, newId } from './columns.ts';

/** Mails to be sent: written together with what they tell, so that none is lost and none is sent of what never happened. */
export const mails = pgTable(
  'mails',
  {
    id: newId(),
    /** Whose it is about; it goes with the account. */
    userId: uuid('user_id').references(() => users.id, { onDelete: 'cascade' }),
    recipient: text('recipient').notNull(),
    subject: text('subject').notNull(),
    /** Plain text. Taken out once a real service has it or it has run out, since it may hold a link that still works. */
    text: text('text'),
    createdAt: createdAt(),
    /** Not worth sending later: its link has run out by then. */
    expiresAt: moment('expires_at').notNull(),
    attempts: integer('attempts').notNull().default(0),
    /** Null once it was sent or given up. */
    nextTryAt: moment('next_try_at').defaultNow(),
    sentAt: moment('sent_at'),
    /** When it was given up: `lastError` says why. */
    failedAt: moment('failed_at'),
    lastError: text('last_error'),
  },
  table => [
    index('mails_due').on(table.nextTryAt).where(sql`${table.nextTryAt} is not null`),
    index('mails_age').on(table.createdAt),
    index('mails_user').on(table.userId),
    check('mails_attempts', sql`${table.attempts} >= 0`),
    // Waiting, sent or given up: one of the three.
    check('mails_state', sql`num_nonnulls(${table.nextTryAt}, ${table.sentAt}, ${table.failedAt}) = 1`),
  ],
);
