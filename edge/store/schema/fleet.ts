import { sql } from 'drizzle-orm';
import {
  boolean,
  check,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  unique,
  uuid,
} from 'drizzle-orm/pg-core';
import type { OrderBody } from '../../../shared/api/orders.ts';
import { NODE_STATES, type NodeState } from '../../../shared/lifecycles.ts';
import { createdAt, listOf, moment, newId } from './columns.ts';

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
    /** Shows sessions of other nodes to spectators. */
    canRelay: boolean('can_relay').notNull().default(false),
    state: text('state').$type<NodeState>().notNull(),
    leaseExpiresAt: moment('lease_expires_at').notNull(),
    /** Set when the lease ran out while nobody could have heard a heartbeat: until then the node may be heard again. */
    graceUntil: moment('grace_until'),
    /** Slugs of games of which it has no processor free for another session. */
    fullFor: text('full_for').array().notNull().default(sql`'{}'::text[]`),
    /** Set by an operator: it stays draining, whatever it says itself, until that is taken back. */
    drainOrderedAt: moment('drain_ordered_at'),
    drainDeadline: moment('drain_deadline'),
    registeredAt: moment('registered_at').notNull().defaultNow(),
  },
  table => [
    unique('nodes_token_unique').on(table.tokenHash),
    index('nodes_lease').on(table.leaseExpiresAt).where(sql`${table.state} in ('ready', 'draining')`),
    check('nodes_slot_count', sql`${table.slotCount} between 1 and 256`),
    check('nodes_state', sql`${table.state} in (${listOf(NODE_STATES)})`),
  ],
);

/** When the edge could last have heard of a node: one row. After a gap a lease says nothing about who was silent. */
export const fleetWatch = pgTable(
  'fleet_watch',
  { id: integer('id').primaryKey(), seenAt: moment('seen_at').notNull() },
  table => [check('fleet_watch_one_row', sql`${table.id} = 1`)],
);

/** Builds of games that a node has installed, maybe several of one game: its stable and its beta one. The catalogue may learn of one later, hence no foreign key to games. */
export const nodeGames = pgTable(
  'node_games',
  {
    nodeId: text('node_id')
      .notNull()
      .references(() => nodes.id, { onDelete: 'cascade' }),
    game: text('game').notNull(),
    version: text('version').notNull(),
  },
  table => [
    primaryKey({ columns: [table.nodeId, table.game, table.version] }),
    index('node_games_game').on(table.game),
  ],
);

/** Orders that a node has not acknowledged yet. */
export const nodeOrders = pgTable(
  'node_orders',
  {
    id: newId(),
    nodeId: text('node_id')
      .notNull()
      .references(() => nodes.id, { onDelete: 'cascade' }),
    /** As shared/api/orders.ts has it, without id and time. */
    body: jsonb('body').$type<OrderBody>().notNull(),
    createdAt: createdAt(),
  },
  table => [index('node_orders_node').on(table.nodeId, table.id)],
);
