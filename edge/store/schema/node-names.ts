import { sql } from 'drizzle-orm';
import { boolean, check, index, integer, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { moment } from './columns.ts';

/**
 * The names that nodes were given, and how far the zone has followed: a row whose `applied_version` is behind is due to be applied. One that
 * is not wanted goes when its records are gone.
 */
export const nodeNames = pgTable(
  'node_names',
  {
    hostname: text('hostname').primaryKey(),
    /** No foreign key: a node has its name before it registers. */
    nodeId: text('node_id').notNull(),
    /** The program start that asked last. */
    bootId: uuid('boot_id').notNull(),
    ipv4: text('ipv4'),
    ipv6: text('ipv6'),
    wanted: boolean('wanted').notNull().default(true),
    askedAt: moment('asked_at').notNull().defaultNow(),
    /** Counts what the zone has to follow. */
    version: integer('version').notNull().default(1),
    appliedVersion: integer('applied_version').notNull().default(0),
    appliedAt: moment('applied_at'),
    /** Who applies it now, and until when nobody else may. */
    claimId: uuid('claim_id'),
    claimedUntil: moment('claimed_until'),
    attempts: integer('attempts').notNull().default(0),
    nextTryAt: moment('next_try_at').notNull().defaultNow(),
    lastError: text('last_error'),
  },
  table => [
    // An address is one machine's, which has one name.
    uniqueIndex('node_names_ipv4').on(table.ipv4).where(sql`${table.wanted}`),
    uniqueIndex('node_names_ipv6').on(table.ipv6).where(sql`${table.wanted}`),
    index('node_names_due').on(table.nextTryAt).where(sql`${table.appliedVersion} < ${table.version}`),
    index('node_names_node').on(table.nodeId),
  ],
);

/** When the zone was last held against the names: one row. */
export const nodeNameSweeps = pgTable(
  'node_name_sweeps',
  { id: integer('id').primaryKey(), sweptAt: moment('swept_at').notNull() },
  table => [check('node_name_sweeps_one_row', sql`${table.id} = 1`)],
);
