import { sql } from 'drizzle-orm';
import {
  bigint,
  check,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uuid,
} from 'drizzle-orm/pg-core';
import { ROLES, type Role } from '../../../shared/ticket.ts';
import { users } from './accounts.ts';
import { createdAt, listOf, moment } from './columns.ts';

/**
 * Comings and goings as nodes reported them, in whatever order they arrived. The play log is made from them anew with each one,
 * so that it does not depend on that order.
 */
export const viewerEvents = pgTable(
  'viewer_events',
  {
    sessionId: uuid('session_id').notNull(),
    epoch: bigint('epoch', { mode: 'number' }).notNull(),
    seq: integer('seq').notNull(),
    /** Null: the session ended, everybody left. */
    userId: uuid('user_id'),
    kind: text('kind').$type<'joined' | 'left'>().notNull(),
    seat: integer('seat'),
    at: moment('at').notNull(),
    receivedAt: moment('received_at').notNull().defaultNow(),
  },
  table => [
    primaryKey({ columns: [table.sessionId, table.epoch, table.seq] }),
    index('viewer_events_age').on(table.receivedAt),
    check('viewer_events_kind', sql`${table.kind} in ('joined', 'left')`),
    check('viewer_events_end', sql`${table.userId} is not null or ${table.kind} = 'left'`),
  ],
);

/** The play log: a row for each session that a user was in. */
export const plays = pgTable(
  'plays',
  {
    sessionId: uuid('session_id').notNull(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    game: text('game').notNull(),
    region: text('region').notNull(),
    role: text('role').$type<Role>().notNull(),
    joinedAt: moment('joined_at').notNull(),
    leftAt: moment('left_at'),
    seconds: integer('seconds').notNull(),
  },
  table => [
    primaryKey({ columns: [table.sessionId, table.userId] }),
    index('plays_user').on(table.userId, table.joinedAt),
    index('plays_time').on(table.joinedAt),
    index('plays_open').on(table.sessionId).where(sql`${table.leftAt} is null`),
    check('plays_role', sql`${table.role} in (${listOf(ROLES)})`),
    check('plays_seconds', sql`${table.seconds} >= 0`),
  ],
);

/** Matches that games have reported. */
export const matches = pgTable(
  'matches',
  {
    id: uuid('id').primaryKey(),
    sessionId: uuid('session_id').notNull(),
    game: text('game').notNull(),
    startedAt: moment('started_at').notNull(),
    endedAt: moment('ended_at').notNull(),
  },
  table => [index('matches_session').on(table.sessionId)],
);

export const matchPlayers = pgTable(
  'match_players',
  {
    matchId: uuid('match_id')
      .notNull()
      .references(() => matches.id, { onDelete: 'cascade' }),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    seat: integer('seat').notNull(),
    place: integer('place'),
    endedAt: moment('ended_at').notNull(),
  },
  table => [
    primaryKey({ columns: [table.matchId, table.userId] }),
    index('match_players_user').on(table.userId, table.endedAt),
    check('match_players_places', sql`${table.seat} > 0 and (${table.place} is null or ${table.place} > 0)`),
  ],
);

export const matchScores = pgTable(
  'match_scores',
  {
    matchId: uuid('match_id').notNull(),
    userId: uuid('user_id').notNull(),
    board: text('board').notNull(),
    value: bigint('value', { mode: 'number' }).notNull(),
  },
  table => [
    primaryKey({ columns: [table.matchId, table.userId, table.board] }),
    foreignKey({
      columns: [table.matchId, table.userId],
      foreignColumns: [matchPlayers.matchId, matchPlayers.userId],
    }).onDelete('cascade'),
  ],
);

/** How a board's entry takes a further score: what its keep and its better come to. */
export const BOARD_RULES = ['highest', 'lowest', 'latest', 'sum'] as const;
export type BoardRule = (typeof BOARD_RULES)[number];

/** What the leaderboards show: kept up with each score, since a ranking of all scores would take ever longer. */
export const leaderboardEntries = pgTable(
  'leaderboard_entries',
  {
    game: text('game').notNull(),
    board: text('board').notNull(),
    /** As `periodKey` of shared/leaderboards.ts. */
    period: text('period').notNull(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    rule: text('rule').$type<BoardRule>().notNull(),
    value: bigint('value', { mode: 'number' }).notNull(),
    at: moment('at').notNull(),
  },
  table => [
    primaryKey({ columns: [table.game, table.board, table.period, table.userId] }),
    index('leaderboard_entries_rank').on(table.game, table.board, table.period, table.value),
    index('leaderboard_entries_age').on(table.at).where(sql`${table.period} <> 'all'`),
    check('leaderboard_entries_rule', sql`${table.rule} in (${listOf(BOARD_RULES)})`),
  ],
);

/** Messages that the queue gave up: kept until an operator has looked at them. */
export const deadLetters = pgTable('dead_letters', {
  /** The queue's. */
  id: text('id').primaryKey(),
  body: jsonb('body').notNull(),
  createdAt: createdAt(),
  /** When it was put into the queue again. */
  replayedAt: moment('replayed_at'),
});
