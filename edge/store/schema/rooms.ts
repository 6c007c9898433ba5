import { sql } from 'drizzle-orm';
import { boolean, check, index, pgTable, primaryKey, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { VOTE_STATES, type VoteState } from '../../../shared/votes.ts';
import { users } from './accounts.ts';
import { createdAt, listOf, moment, newId } from './columns.ts';
import { sessions } from './play.ts';

/** Who may come into a session's room. Without a row: whoever knows its number or has its link. */
export const rooms = pgTable('rooms', {
  sessionId: uuid('session_id')
    .primaryKey()
    .references(() => sessions.id, { onDelete: 'cascade' }),
  /** Nobody comes in who has not been in. */
  locked: boolean('locked').notNull().default(false),
  /** Only players whom the host has listed as allowed. */
  listedOnly: boolean('listed_only').notNull().default(false),
});

/** What the host has said about single players. */
export const roomRules = pgTable(
  'room_rules',
  {
    sessionId: uuid('session_id')
      .notNull()
      .references(() => sessions.id, { onDelete: 'cascade' }),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    rule: text('rule').$type<'allowed' | 'barred'>().notNull(),
    createdAt: createdAt(),
  },
  table => [
    primaryKey({ columns: [table.sessionId, table.userId] }),
    index('room_rules_user').on(table.userId),
    check('room_rules_rule', sql`${table.rule} in ('allowed', 'barred')`),
  ],
);

/** Votes on dissolving a room: one at a time in each. */
export const roomVotes = pgTable(
  'room_votes',
  {
    id: newId(),
    sessionId: uuid('session_id')
      .notNull()
      .references(() => sessions.id, { onDelete: 'cascade' }),
    starterId: uuid('starter_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    state: text('state').$type<VoteState>().notNull().default('open'),
    createdAt: createdAt(),
    endsAt: moment('ends_at').notNull(),
    decidedAt: moment('decided_at'),
  },
  table => [
    uniqueIndex('room_votes_one_open').on(table.sessionId).where(sql`${table.state} in ('open', 'passed')`),
    index('room_votes_of_room').on(table.sessionId, table.createdAt),
    index('room_votes_due').on(table.endsAt).where(sql`${table.state} in ('open', 'passed')`),
    index('room_votes_starter').on(table.starterId),
    check('room_votes_state', sql`${table.state} in (${listOf(VOTE_STATES)})`),
    check('room_votes_decided', sql`(${table.state} = 'open') = (${table.decidedAt} is null)`),
  ],
);

export const roomVoteAnswers = pgTable(
  'room_vote_answers',
  {
    voteId: uuid('vote_id')
      .notNull()
      .references(() => roomVotes.id, { onDelete: 'cascade' }),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    yes: boolean('yes').notNull(),
    at: moment('at').notNull().defaultNow(),
  },
  table => [
    primaryKey({ columns: [table.voteId, table.userId] }),
    index('room_vote_answers_user').on(table.userId),
  ],
);
