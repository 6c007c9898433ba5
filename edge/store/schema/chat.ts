import { sql } from 'drizzle-orm';
import { check, index, integer, pgTable, primaryKey, text, unique, uuid } from 'drizzle-orm/pg-core';
import { CHAT_SCOPES, type ChatScope } from '../../../shared/chat.ts';
import { users } from './accounts.ts';
import { createdAt, listOf, moment } from './columns.ts';

/** Where messages are counted: a party's, club's or room's. No foreign keys: each scope belongs to another capability. */
export const chatChannels = pgTable(
  'chat_channels',
  {
    scope: text('scope').$type<ChatScope>().notNull(),
    scopeId: uuid('scope_id').notNull(),
    /** Sequence of its newest message. */
    lastSeq: integer('last_seq').notNull(),
    usedAt: moment('used_at').notNull().defaultNow(),
  },
  table => [
    primaryKey({ columns: [table.scope, table.scopeId] }),
    index('chat_channels_age').on(table.usedAt),
    check('chat_channels_scope', sql`${table.scope} in (${listOf(CHAT_SCOPES)})`),
    check('chat_channels_seq', sql`${table.lastSeq} > 0`),
  ],
);

export const chatMessages = pgTable(
  'chat_messages',
  {
    id: uuid('id').primaryKey(),
    scope: text('scope').$type<ChatScope>().notNull(),
    scopeId: uuid('scope_id').notNull(),
    /** 1, 2, 3 and so on in its channel: none is left out. */
    seq: integer('seq').notNull(),
    authorId: uuid('author_id')
      .notNull()
      .references(() => users.id),
    /** Null once deleted: the row stays, so that the sequence has no gap. */
    text: text('text'),
    createdAt: createdAt(),
    deletedAt: moment('deleted_at'),
  },
  table => [
    unique('chat_messages_seq').on(table.scope, table.scopeId, table.seq),
    index('chat_messages_author').on(table.authorId).where(sql`${table.text} is not null`),
    index('chat_messages_age').on(table.createdAt),
    check('chat_messages_deleted', sql`(${table.text} is null) = (${table.deletedAt} is not null)`),
  ],
);

/** How much a player has written in the minute that runs: the bound that holds whatever Redis does. */
export const chatRates = pgTable(
  'chat_rates',
  {
    userId: uuid('user_id')
      .primaryKey()
      .references(() => users.id, { onDelete: 'cascade' }),
    windowStart: moment('window_start').notNull(),
    messages: integer('messages').notNull(),
  },
  table => [index('chat_rates_age').on(table.windowStart)],
);
