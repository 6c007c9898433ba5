import { sql } from 'drizzle-orm';
import {
  boolean,
  check,
  cidr,
  date,
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
import {
  ACT_OUTCOMES,
  ACTS,
  type ActName,
  type ActOutcome,
  TARGET_KINDS,
  type TargetKind,
} from '../../../shared/api/admin.ts';
import type { ErrorCode } from '../../../shared/errors.ts';
import { users } from './accounts.ts';
import { createdAt, listOf, moment, newId } from './columns.ts';

type State = Record<string, unknown>;

/** Who did what: a row is written before the act, and completed after it. Never deleted. */
export const auditLog = pgTable(
  'audit_log',
  {
    id: newId(),
    actorId: uuid('actor_id')
      .notNull()
      .references(() => users.id),
    act: text('act').$type<ActName>().notNull(),
    targetKind: text('target_kind').$type<TargetKind>().notNull(),
    targetId: text('target_id').notNull(),
    before: jsonb('before').$type<State>(),
    after: jsonb('after').$type<State>(),
    reason: text('reason').notNull(),
    outcome: text('outcome').$type<ActOutcome>().notNull().default('begun'),
    error: text('error').$type<ErrorCode>(),
    /** What the act answered, where that is not the entry itself: its repetition answers the same. */
    answer: jsonb('answer').$type<unknown>(),
    requestId: text('request_id').notNull(),
    /** The request's idempotency key, and SHA-256 of its operation and body. */
    key: text('key').notNull(),
    requestHash: text('request_hash').notNull(),
    createdAt: createdAt(),
    finishedAt: moment('finished_at'),
  },
  table => [
    // What failed may be tried again with the same key.
    uniqueIndex('audit_log_request')
      .on(table.actorId, table.key)
      .where(sql`${table.outcome} in ('begun', 'done')`),
    index('audit_log_actor').on(table.actorId, table.id),
    index('audit_log_target').on(table.targetKind, table.targetId, table.id),
    index('audit_log_act').on(table.act, table.id),
    check('audit_log_act', sql`${table.act} in (${listOf(ACTS)})`),
    check('audit_log_target', sql`${table.targetKind} in (${listOf(TARGET_KINDS)})`),
    check('audit_log_outcome', sql`${table.outcome} in (${listOf(ACT_OUTCOMES)})`),
    check('audit_log_error', sql`(${table.error} is not null) = (${table.outcome} = 'failed')`),
    check('audit_log_finished', sql`(${table.finishedAt} is null) = (${table.outcome} = 'begun')`),
    check('audit_log_reason', sql`char_length(${table.reason}) between 1 and 500`),
  ],
);

/** What operators have set for a whole platform (PLATFORM_NAME of the Workers that serve it). */
export const platforms = pgTable('platforms', {
  name: text('name').primaryKey(),
  maintenance: boolean('maintenance').notNull().default(false),
  /** What players read while it is on. */
  maintenanceText: text('maintenance_text'),
  /** Only who is on the allow list may come in. */
  allowOnly: boolean('allow_only').notNull().default(false),
  /** The oldest version of each client that still works, by the client's name. */
  minimumVersions: jsonb('minimum_versions').$type<Record<string, string>>().notNull().default({}),
  /** Counts the changes of its access rules, so that who has read them knows when to read them again. */
  rulesVersion: integer('rules_version').notNull().default(0),
  updatedAt: moment('updated_at').notNull().defaultNow(),
});

export const ACCESS_LISTS = ['allow', 'deny'] as const;

/** Who is let in or kept out: an address range or an account. */
export const accessRules = pgTable(
  'access_rules',
  {
    id: newId(),
    platform: text('platform').notNull(),
    list: text('list').$type<(typeof ACCESS_LISTS)[number]>().notNull(),
    range: cidr('range'),
    userId: uuid('user_id').references(() => users.id, { onDelete: 'cascade' }),
    reason: text('reason').notNull(),
    createdAt: createdAt(),
  },
  table => [
    unique('access_rules_what').on(table.platform, table.list, table.range, table.userId).nullsNotDistinct(),
    index('access_rules_range').using('gist', table.range.op('inet_ops')),
    check('access_rules_list', sql`${table.list} in (${listOf(ACCESS_LISTS)})`),
    check('access_rules_one', sql`num_nonnulls(${table.range}, ${table.userId}) = 1`),
  ],
);

/** The days (UTC) on which an account was used. */
export const activeDays = pgTable(
  'active_days',
  {
    day: date('day').notNull(),
    /** No foreign key: its check would wait for whoever locks the account, in the middle of a refresh. Rows of users are never deleted. */
    userId: uuid('user_id').notNull(),
  },
  table => [primaryKey({ columns: [table.day, table.userId] }), index('active_days_user').on(table.userId)],
);

export const SAMPLED = ['online', 'sessions', 'players', 'waiting'] as const;

/** How many there were at a moment, by region and game; empty where that is not known or makes no sense. */
export const samples = pgTable(
  'samples',
  {
    at: moment('at').notNull(),
    measure: text('measure').$type<(typeof SAMPLED)[number]>().notNull(),
    region: text('region').notNull(),
    game: text('game').notNull(),
    value: integer('value').notNull(),
  },
  table => [
    primaryKey({ columns: [table.measure, table.at, table.region, table.game] }),
    check('samples_measure', sql`${table.measure} in (${listOf(SAMPLED)})`),
    check('samples_value', sql`${table.value} >= 0`),
  ],
);
