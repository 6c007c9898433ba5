import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  check,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
// drizzle-kit compiles this file on its own and knows no "imports" of package.json: hence the relative paths.
import {
  END_REASONS,
  type EndReason,
  NODE_STATES,
  type NodeState,
  SESSION_STATES,
  type SessionState,
} from '../../shared/lifecycles.ts';
import { ROLES, type Role } from '../../shared/ticket.ts';

/** What Postgres decides: identity, slots, seats, session state. `npm run generate` makes the migration of a change. */

const listOf = (values: readonly string[]) => sql.raw(values.map(value => `'${value}'`).join(', '));
const moment = (name: string) => timestamp(name, { withTimezone: true });
const createdAt = () => moment('created_at').notNull().defaultNow();

export const users = pgTable(
  'users',
  {
    id: uuid('id').primaryKey().default(sql`uuidv7()`),
    /** Lower case. */
    email: text('email').notNull(),
    displayName: text('display_name').notNull(),
    /** scrypt$N$r$p$salt$hash, see accounts/passwords.ts. */
    passwordHash: text('password_hash').notNull(),
    createdAt: createdAt(),
  },
  table => [
    unique('users_email_unique').on(table.email),
    check('users_email_lower', sql`${table.email} = lower(${table.email})`),
  ],
);

/** One sign-in on one device: the family of refresh tokens that came from it. */
export const signIns = pgTable(
  'sign_ins',
  {
    id: uuid('id').primaryKey().default(sql`uuidv7()`),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    createdAt: createdAt(),
    endedAt: moment('ended_at'),
    endReason: text('end_reason').$type<'logout' | 'refresh_reused'>(),
  },
  table => [
    index('sign_ins_user').on(table.userId),
    check('sign_ins_end', sql`(${table.endedAt} is null) = (${table.endReason} is null)`),
    check('sign_ins_end_reason', sql`${table.endReason} in ('logout', 'refresh_reused')`),
  ],
);

export const refreshTokens = pgTable(
  'refresh_tokens',
  {
    /** SHA-256 of the token, base64url. */
    tokenHash: text('token_hash').primaryKey(),
    signInId: uuid('sign_in_id')
      .notNull()
      .references(() => signIns.id, { onDelete: 'cascade' }),
    /** The token that was exchanged for this one; null for the first of a sign-in. */
    parentHash: text('parent_hash'),
    createdAt: createdAt(),
    expiresAt: moment('expires_at').notNull(),
    /** When it was exchanged, or retired because its sibling was. */
    rotatedAt: moment('rotated_at'),
  },
  table => [
    index('refresh_tokens_sign_in').on(table.signInId),
    index('refresh_tokens_parent').on(table.parentHash),
    index('refresh_tokens_expiry').on(table.expiresAt),
  ],
);

/** The catalogue, written from the manifests in games/. */
export const games = pgTable(
  'games',
  {
    slug: text('slug').primaryKey(),
    title: text('title').notNull(),
    summary: text('summary').notNull(),
    description: text('description').notNull(),
    version: text('version').notNull(),
    seats: integer('seats').notNull(),
    width: integer('width').notNull(),
    height: integer('height').notNull(),
    fps: integer('fps').notNull(),
    pointer: text('pointer').$type<'none' | 'absolute' | 'relative'>().notNull(),
    cover: text('cover').notNull(),
    accent: text('accent').notNull(),
    controls: jsonb('controls').$type<string[]>().notNull(),
    /** Not shown and not started when false; the row stays for the history. */
    published: boolean('published').notNull().default(true),
    updatedAt: moment('updated_at').notNull().defaultNow(),
  },
  table => [
    check('games_seats', sql`${table.seats} between 1 and 64`),
    check('games_pointer', sql`${table.pointer} in ('none', 'absolute', 'relative')`),
    check('games_picture', sql`${table.width} > 0 and ${table.height} > 0 and ${table.fps} > 0`),
  ],
);

export const nodes = pgTable(
  'nodes',
  {
    id: text('id').primaryKey(),
    /** The program start that the token belongs to. */
    bootId: uuid('boot_id').notNull(),
    /** SHA-256 of the node's token, base64url. */
    tokenHash: text('token_hash').notNull(),
    region: text('region').notNull(),
    signalUrl: text('signal_url').notNull(),
    /** Slots in use: those with a lower index. Rows of a larger past stay, so that their epochs never go back. */
    slotCount: integer('slot_count').notNull(),
    version: text('version').notNull(),
    state: text('state').$type<NodeState>().notNull(),
    leaseExpiresAt: moment('lease_expires_at').notNull(),
    registeredAt: moment('registered_at').notNull().defaultNow(),
  },
  table => [
    unique('nodes_token_unique').on(table.tokenHash),
    index('nodes_lease').on(table.leaseExpiresAt).where(sql`${table.state} in ('ready', 'draining')`),
    check('nodes_slot_count', sql`${table.slotCount} between 1 and 256`),
    check('nodes_state', sql`${table.state} in (${listOf(NODE_STATES)})`),
  ],
);

/** Games that a node has installed. The catalogue may learn of one later, hence no foreign key to games. */
export const nodeGames = pgTable(
  'node_games',
  {
    nodeId: text('node_id')
      .notNull()
      .references(() => nodes.id, { onDelete: 'cascade' }),
    game: text('game').notNull(),
    version: text('version').notNull(),
  },
  table => [primaryKey({ columns: [table.nodeId, table.game] }), index('node_games_game').on(table.game)],
);

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
    ownerId: uuid('owner_id')
      .notNull()
      .references(() => users.id),
    nodeId: text('node_id')
      .notNull()
      .references(() => nodes.id),
    slot: integer('slot').notNull(),
    /** The slot's epoch that this session was given: reports of another epoch do not count. */
    epoch: bigint('epoch', { mode: 'number' }).notNull(),
    state: text('state').$type<SessionState>().notNull(),
    /** Sequence of the newest event of the node that counted. */
    stateSeq: integer('state_seq').notNull().default(0),
    endReason: text('end_reason').$type<EndReason>(),
    /** Until when the slot is held for a player who has not reached the node; null once one has. */
    reservedUntil: moment('reserved_until'),
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
    index('sessions_reserved').on(table.reservedUntil).where(sql`${table.state} = 'reserved'`),
    index('sessions_owner').on(table.ownerId, table.createdAt),
    index('sessions_game').on(table.game),
    check('sessions_room', sql`${table.roomNumber} ~ '^[1-9][0-9]{5}$'`),
    check('sessions_state', sql`${table.state} in (${listOf(SESSION_STATES)})`),
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
    /** 1 is the host's; null for spectators. */
    seat: integer('seat'),
    /** False once the session is over, a player has quit or a spectator has left: the place is free again. */
    active: boolean('active').notNull().default(true),
    /** When the place was last asked for. */
    claimedAt: moment('claimed_at').notNull().defaultNow(),
    /** Sequence of the newest viewer event that counted; 0 until the node has seen the member. */
    seenSeq: integer('seen_seq').notNull().default(0),
  },
  table => [
    primaryKey({ columns: [table.sessionId, table.userId] }),
    uniqueIndex('session_members_seat').on(table.sessionId, table.seat).where(sql`${table.active}`),
    uniqueIndex('session_members_one_seat')
      .on(table.userId)
      .where(sql`${table.active} and ${table.role} = 'player'`),
    index('session_members_user').on(table.userId).where(sql`${table.active}`),
    check('session_members_role', sql`${table.role} in (${listOf(ROLES)})`),
    check('session_members_seat_of_role', sql`(${table.role} = 'player') = (${table.seat} is not null)`),
    check('session_members_seat_positive', sql`${table.seat} > 0`),
  ],
);

/** A mutating request that was done: its repetition answers the same session. */
export const idempotencyKeys = pgTable(
  'idempotency_keys',
  {
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    key: text('key').notNull(),
    /** SHA-256 of method, path and body. */
    requestHash: text('request_hash').notNull(),
    sessionId: uuid('session_id').notNull(),
    createdAt: createdAt(),
  },
  table => [
    primaryKey({ columns: [table.userId, table.key] }),
    index('idempotency_keys_age').on(table.createdAt),
    foreignKey({ columns: [table.sessionId], foreignColumns: [sessions.id] }).onDelete('cascade'),
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
