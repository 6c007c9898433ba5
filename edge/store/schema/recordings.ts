import { sql } from 'drizzle-orm';
import { bigint, check, doublePrecision, index, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { users } from './accounts.ts';
import { games } from './catalog.ts';
import { createdAt, moment } from './columns.ts';
import { sessions } from './play.ts';

/** Recordings of sessions. The row of a deleted one stays until its object is gone. */
export const recordings = pgTable(
  'recordings',
  {
    /** Given by the node. */
    id: uuid('id').primaryKey(),
    /** The host who recorded. */
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id),
    game: text('game')
      .notNull()
      .references(() => games.slug),
    sessionId: uuid('session_id').references(() => sessions.id, { onDelete: 'set null' }),
    mediaType: text('media_type').notNull(),
    /** Bytes. */
    size: bigint('size', { mode: 'number' }).notNull(),
    seconds: doublePrecision('seconds').notNull(),
    /** Lower-case hexadecimal. */
    sha256: text('sha256').notNull(),
    objectKey: text('object_key').notNull(),
    createdAt: createdAt(),
    /** When the link to put it there ends. */
    uploadExpiresAt: moment('upload_expires_at').notNull(),
    /** Null until it was complete. */
    recordedAt: moment('recorded_at'),
    /** From when on it is not shown any more, and deleted: also of uploads that are never complete. */
    expiresAt: moment('expires_at').notNull(),
  },
  table => [
    index('recordings_user').on(table.userId, table.recordedAt, table.id),
    index('recordings_session').on(table.sessionId),
    index('recordings_expiry').on(table.expiresAt),
    check('recordings_size', sql`${table.size} > 0`),
  ],
);
