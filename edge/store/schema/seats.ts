import { sql } from 'drizzle-orm';
import { boolean, check, index, integer, jsonb, pgTable, primaryKey, uuid } from 'drizzle-orm/pg-core';
import { SEAT_RIGHTS, type SeatRight } from '../../../shared/seat-rights.ts';
import { users } from './accounts.ts';
import { moment } from './columns.ts';
import { sessions } from './play.ts';

/** What a host has said about a seat. Without a row: every right, and whoever has it keeps it. */
export const sessionSeats = pgTable(
  'session_seats',
  {
    sessionId: uuid('session_id')
      .notNull()
      .references(() => sessions.id, { onDelete: 'cascade' }),
    seat: integer('seat').notNull(),
    rights: jsonb('rights')
      .$type<SeatRight[]>()
      .notNull()
      .default([...SEAT_RIGHTS]),
    /** Nothing of it reaches the game, whatever its rights. */
    paused: boolean('paused').notNull().default(false),
    /** How long one has the seat while others wait for it; null: for as long as they like. */
    turnSeconds: integer('turn_seconds'),
    /** Whose turn it is, and until when. */
    turnUserId: uuid('turn_user_id').references(() => users.id, { onDelete: 'set null' }),
    turnUntil: moment('turn_until'),
    /** Rights that the node is to be told of, within the same transaction. */
    changed: boolean('changed').notNull().default(false),
  },
  table => [
    primaryKey({ columns: [table.sessionId, table.seat] }),
    index('session_seats_turn_user').on(table.turnUserId),
    check('session_seats_seat', sql`${table.seat} > 0`),
    check('session_seats_turn', sql`${table.turnSeconds} > 0`),
  ],
);

/** Spectators who want a seat: one each, in the order of their asking. */
export const seatClaims = pgTable(
  'seat_claims',
  {
    sessionId: uuid('session_id')
      .notNull()
      .references(() => sessions.id, { onDelete: 'cascade' }),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    seat: integer('seat').notNull(),
    /** By the host, or by the player who has left the seat to them: before all others, and without asking. */
    granted: boolean('granted').notNull().default(false),
    askedAt: moment('asked_at').notNull().default(sql`clock_timestamp()`),
  },
  table => [
    primaryKey({ columns: [table.sessionId, table.userId] }),
    index('seat_claims_user').on(table.userId),
    check('seat_claims_seat', sql`${table.seat} > 0`),
  ],
);
