import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  check,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import { CHANNELS, type Channel } from '../../../shared/lifecycles/builds.ts';
import {
  END_REASONS,
  type EndReason,
  LIVE_SESSION_STATES,
  SESSION_STATES,
  type SessionState,
} from '../../../shared/lifecycles.ts';
import { ROLES, type Role } from '../../../shared/ticket.ts';
import { users } from './accounts.ts';
import { games } from './catalog.ts';
import { createdAt, listOf, moment } from './columns.ts';
import { nodes } from './fleet.ts';

export const sessions = pgTable(
  'sessions',
  {
    id: uuid('id').primaryKey(),
    roomNumber: text('room_number').notNull(),
    inviteCode: text('invite_code').notNull(),
    game: text('game')
      .notNull()
      .references(() => games.slug),
    gameVersion: text('game_version').notNull(),
    channel: text('channel').$type<Channel>().notNull().default('stable'),
    /** Of the build, or fewer where the group that plays has fewer. */
    seats: integer('seats').notNull().default(1),
    ownerId: uuid('owner_id')
      .notNull()
      .references(() => users.id),
    /** The slot of its owner's saves that it begins with and is kept in. */
    saveSlot: text('save_slot').notNull().default('auto'),
    /** The save that its owner asked to begin with, which may be gone by now. */
    saveId: uuid('save_id'),
    /** Who decides about it; null: the owner, who opened it. */
    hostId: uuid('host_id').references(() => users.id),
    /** Counts the changes of its seating: tickets and orders say which state they are of, so that the older one does not count. */
    seating: integer('seating').notNull().default(0),
    /** Whether who watches may take a free seat without asking the host. */
    openSeats: boolean('open_seats').notNull().default(true),
    /** Members of one group share a session: `party:<id>` or `table:<id>`. */
    groupKey: text('group_key'),
    /** The node that was lost with it, and the epoch: what it saved and could not put up may still come. */
    lostNodeId: text('lost_node_id'),
    lostEpoch: bigint('lost_epoch', { mode: 'number' }),
    /** Region to cost in milliseconds, see edge/play/placement.ts: where a slot that comes free later may be. */
    regionCosts: jsonb('region_costs').$type<Record<string, number>>().notNull().default({}),
    /** Node, slot and epoch are null until a slot was claimed, and again while it waits for another one. */
    nodeId: text('node_id').references(() => nodes.id),
    slot: integer('slot'),
    /** The slot's epoch that this session was given: reports of another epoch do not count. */
    epoch: bigint('epoch', { mode: 'number' }),
    /** Slots that it was given so far: a session that takes one node down after the other is not given a fourth. */
    claims: integer('claims').notNull().default(0),
    state: text('state').$type<SessionState>().notNull(),
    /** Sequence of the newest event of the node that counted. */
    stateSeq: integer('state_seq').notNull().default(0),
    endReason: text('end_reason').$type<EndReason>(),
    /** Until when the slot is held for a player who has not reached the node; null once one has. */
    reservedUntil: moment('reserved_until'),
    /** What its place in the queue goes by. */
    queuedAt: moment('queued_at'),
    /** When it was last given a slot: what it has waited for since it was queued. */
    reservedAt: moment('reserved_at'),
    /** Until when the place in the queue is kept without a sign of life. */
    waitUntil: moment('wait_until'),
    /** Since when the node's heartbeats do not name this session although it should hold it. */
    missingSince: moment('missing_since'),
    createdAt: createdAt(),
    startedAt: moment('started_at'),
    endedAt: moment('ended_at'),
  },
  table => [
    unique('sessions_invite_unique').on(table.inviteCode),
    uniqueIndex('sessions_live_room').on(table.roomNumber).where(sql`${table.endedAt} is null`),
    uniqueIndex('sessions_live_slot').on(table.nodeId, table.slot).where(sql`${table.endedAt} is null`),
    uniqueIndex('sessions_live_group').on(table.groupKey).where(sql`${table.endedAt} is null`),
    index('sessions_queue').on(table.game, table.queuedAt, table.id).where(sql`${table.state} = 'queued'`),
    index('sessions_reserved').on(table.reservedUntil).where(sql`${table.state} = 'reserved'`),
    index('sessions_owner').on(table.ownerId, table.createdAt),
    index('sessions_host').on(table.hostId).where(sql`${table.hostId} is not null`),
    index('sessions_game').on(table.game, table.endedAt),
    index('sessions_created').on(table.createdAt, table.id),
    check('sessions_channel', sql`${table.channel} in (${listOf(CHANNELS)})`),
    check('sessions_seats', sql`${table.seats} > 0`),
    check('sessions_room', sql`${table.roomNumber} ~ '^[1-9][0-9]{5}$'`),
    check('sessions_state', sql`${table.state} in (${listOf(SESSION_STATES)})`),
    check(
      'sessions_slot',
      sql`(${table.nodeId} is null) = (${table.slot} is null) and (${table.nodeId} is null) = (${table.epoch} is null)`,
    ),
    check(
      'sessions_slot_held',
      sql`${table.state} not in (${listOf(LIVE_SESSION_STATES)}) or ${table.nodeId} is not null`,
    ),
    check(
      'sessions_queued',
      sql`${table.state} <> 'queued' or (${table.nodeId} is null and ${table.queuedAt} is not null and ${table.waitUntil} is not null)`,
    ),
    check('sessions_epoch', sql`${table.epoch} > 0`),
    check('sessions_end_reason', sql`${table.endReason} in (${listOf(END_REASONS)})`),
    check(
      'sessions_ended',
      sql`(${table.state} in ('ended', 'failed')) = (${table.endedAt} is not null and ${table.endReason} is not null)`,
    ),
    check('sessions_reserved_until', sql`${table.state} <> 'reserved' or ${table.reservedUntil} is not null`),
  ],
);

/** What a node can run at once. A claim sets `sessionId` and raises `epoch` in one statement. */
export const slots = pgTable(
  'slots',
  {
    nodeId: text('node_id')
      .notNull()
      .references(() => nodes.id, { onDelete: 'cascade' }),
    index: integer('index').notNull(),
    sessionId: uuid('session_id').references(() => sessions.id),
    epoch: bigint('epoch', { mode: 'number' }).notNull().default(0),
  },
  table => [
    primaryKey({ columns: [table.nodeId, table.index] }),
    unique('slots_session_unique').on(table.sessionId),
    index('slots_free').on(table.nodeId).where(sql`${table.sessionId} is null`),
    check('slots_index', sql`${table.index} >= 0`),
  ],
);

export const sessionMembers = pgTable(
  'session_members',
  {
    sessionId: uuid('session_id')
      .notNull()
      .references(() => sessions.id, { onDelete: 'cascade' }),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    role: text('role').$type<Role>().notNull(),
    /** Null for spectators. */
    seat: integer('seat'),
    /** False once the session is over, a player has quit or a spectator has left: the place is free again. */
    active: boolean('active').notNull().default(true),
    /** When the place was last asked for. */
    claimedAt: moment('claimed_at').notNull().defaultNow(),
    /** The sign-in that took the newest ticket: the device that has the place. */
    signInId: uuid('sign_in_id'),
    /** When the place was given up or taken away at the edge: no report of the node brings it back. Null since it was asked for again. */
    leftAt: moment('left_at'),
    /** Since when a seat's player is not connected; null while they are, and before they first were. */
    awaySince: moment('away_since'),
    /** A place that the node is to be told of, within the same transaction. */
    moved: boolean('moved').notNull().default(false),
    /** The node by which a spectator watches; null: the session's own. Says nothing about a player. */
    relayNodeId: text('relay_node_id').references(() => nodes.id, { onDelete: 'set null' }),
    /** Sequence of the newest viewer event that counted; 0 until the node has seen the member. */
    seenSeq: integer('seen_seq').notNull().default(0),
  },
  table => [
    primaryKey({ columns: [table.sessionId, table.userId] }),
    uniqueIndex('session_members_seat').on(table.sessionId, table.seat).where(sql`${table.active}`),
    uniqueIndex('session_members_one_seat')
      .on(table.userId)
      .where(sql`${table.active} and ${table.role} = 'player'`),
    index('session_members_relay').on(table.relayNodeId).where(sql`${table.active}`),
    index('session_members_user').on(table.userId).where(sql`${table.active}`),
    check('session_members_role', sql`${table.role} in (${listOf(ROLES)})`),
    check('session_members_seat_of_role', sql`(${table.role} = 'player') = (${table.seat} is not null)`),
    check('session_members_seat_positive', sql`${table.seat} > 0`),
  ],
);

/** Seats that hosts have offered to spectators. Of no use any more once `expiresAt` has passed; the next offer takes its place. */
export const seatOffers = pgTable(
  'seat_offers',
  {
    sessionId: uuid('session_id')
      .notNull()
      .references(() => sessions.id, { onDelete: 'cascade' }),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    seat: integer('seat').notNull(),
    expiresAt: moment('expires_at').notNull(),
  },
  table => [
    primaryKey({ columns: [table.sessionId, table.userId] }),
    check('seat_offers_seat_positive', sql`${table.seat} > 0`),
  ],
);

/** Events of nodes that were taken: a queue delivers at least once. */
export const nodeEvents = pgTable(
  'node_events',
  {
    id: uuid('id').primaryKey(),
    sessionId: uuid('session_id')
      .notNull()
      .references(() => sessions.id, { onDelete: 'cascade' }),
    epoch: bigint('epoch', { mode: 'number' }).notNull(),
    seq: integer('seq').notNull(),
    type: text('type').notNull(),
    at: moment('at').notNull(),
    receivedAt: moment('received_at').notNull().defaultNow(),
  },
  table => [
    index('node_events_session').on(table.sessionId, table.seq),
    index('node_events_age').on(table.receivedAt),
  ],
);
