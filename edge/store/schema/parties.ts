import { sql } from 'drizzle-orm';
import {
  check,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import { PARTY_STATES, type PartyState, TIMED_PARTY_STATES } from '../../../shared/lifecycles/social.ts';
import { users } from './accounts.ts';
import { createdAt, listOf, moment, newId } from './columns.ts';

export const parties = pgTable(
  'parties',
  {
    id: newId(),
    /** What lets somebody in who is told it. */
    code: text('code').notNull(),
    leaderId: uuid('leader_id')
      .notNull()
      .references(() => users.id),
    maxMembers: integer('max_members').notNull(),
    state: text('state').$type<PartyState>().notNull().default('gathering'),
    /** Counts ready checks: an answer to an earlier one does not count. */
    checkRound: integer('check_round').notNull().default(0),
    /** While checking: until when to answer; ready: until when the leader may start; starting: to take one's place. */
    checkUntil: moment('check_until'),
    /** What the party started last. */
    game: text('game'),
    /** When upkeep last looked for the leader, and since when it has not found them. */
    leaderCheckedAt: moment('leader_checked_at').notNull().defaultNow(),
    leaderAwaySince: moment('leader_away_since'),
    createdAt: createdAt(),
    /** When a member last did something. */
    activeAt: moment('active_at').notNull().defaultNow(),
    endedAt: moment('ended_at'),
  },
  table => [
    uniqueIndex('parties_live_code').on(table.code).where(sql`${table.endedAt} is null`),
    index('parties_idle').on(table.activeAt).where(sql`${table.endedAt} is null`),
    index('parties_ended').on(table.endedAt).where(sql`${table.endedAt} is not null`),
    index('parties_check')
      .on(table.checkUntil)
      .where(sql`${table.state} in (${listOf(TIMED_PARTY_STATES)})`),
    index('parties_leader_check').on(table.leaderCheckedAt).where(sql`${table.endedAt} is null`),
    check('parties_state', sql`${table.state} in (${listOf(PARTY_STATES)})`),
    check('parties_size', sql`${table.maxMembers} between 2 and 64`),
    check('parties_ended_state', sql`(${table.state} = 'ended') = (${table.endedAt} is not null)`),
    check(
      'parties_check_until',
      sql`(${table.state} in (${listOf(TIMED_PARTY_STATES)})) = (${table.checkUntil} is not null)`,
    ),
  ],
);

/** Who is in a party: one party a player at a time. A member that leaves is deleted. */
export const partyMembers = pgTable(
  'party_members',
  {
    partyId: uuid('party_id')
      .notNull()
      .references(() => parties.id, { onDelete: 'cascade' }),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    joinedAt: moment('joined_at').notNull().defaultNow(),
    /** The round of the last ready check that they answered with yes. */
    readyRound: integer('ready_round').notNull().default(0),
  },
  table => [
    primaryKey({ columns: [table.partyId, table.userId] }),
    unique('party_members_one_party').on(table.userId),
  ],
);

export const partyInvites = pgTable(
  'party_invites',
  {
    partyId: uuid('party_id')
      .notNull()
      .references(() => parties.id, { onDelete: 'cascade' }),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    fromId: uuid('from_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    createdAt: createdAt(),
    expiresAt: moment('expires_at').notNull(),
  },
  table => [
    primaryKey({ columns: [table.partyId, table.userId] }),
    index('party_invites_user').on(table.userId, table.expiresAt),
    index('party_invites_age').on(table.expiresAt),
  ],
);
