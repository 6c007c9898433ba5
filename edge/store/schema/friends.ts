import { sql } from 'drizzle-orm';
import { check, index, pgTable, primaryKey, text, unique, uuid } from 'drizzle-orm/pg-core';
import { FRIEND_STATES, type FriendState } from '../../../shared/lifecycles/social.ts';
import { users } from './accounts.ts';
import { createdAt, listOf, moment } from './columns.ts';

/** What a player gives to those who shall find them: nothing else finds a player. */
export const friendCodes = pgTable(
  'friend_codes',
  {
    userId: uuid('user_id')
      .primaryKey()
      .references(() => users.id, { onDelete: 'cascade' }),
    code: text('code').notNull(),
    createdAt: createdAt(),
  },
  table => [
    unique('friend_codes_code').on(table.code),
    check('friend_codes_form', sql`${table.code} ~ '^[0-9A-HJKMNP-TV-Z]{10}$'`),
  ],
);

/** How a player stands to another one, as the first sees it: two rows a pair, or one where one side has nothing to see. */
export const friendLinks = pgTable(
  'friend_links',
  {
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    otherId: uuid('other_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    state: text('state').$type<Exclude<FriendState, 'none'>>().notNull(),
    since: moment('since').notNull().defaultNow(),
  },
  table => [
    primaryKey({ columns: [table.userId, table.otherId] }),
    index('friend_links_list').on(table.userId, table.state, table.otherId),
    index('friend_links_other').on(table.otherId, table.state),
    check('friend_links_state', sql`${table.state} in (${listOf(FRIEND_STATES.filter(s => s !== 'none'))})`),
    check('friend_links_other_player', sql`${table.userId} <> ${table.otherId}`),
  ],
);
