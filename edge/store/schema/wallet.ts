import { type SQL, sql } from 'drizzle-orm';
import {
  bigint,
  check,
  foreignKey,
  index,
  pgTable,
  primaryKey,
  text,
  unique,
  uuid,
} from 'drizzle-orm/pg-core';
import {
  PRICE_UNITS,
  type PriceUnit,
  TRANSFER_KINDS,
  type TransferKind,
} from '../../../shared/api/wallet.ts';
import { users } from './accounts.ts';
import { createdAt, listOf, moment, newId } from './columns.ts';
import { sessions } from './play.ts';

/**
 * The accounts of a player's book. `available` and `held` are the player's credits, `debt` what they owe (never above 0). The
 * others are the platform's side of it: what it earned from this player (`revenue`), and where the credits came from, each of them
 * below zero by what it gave: `payments`, `operator`, `promotions`. The platform's own accounts are the sums over
 * all books, so that no row is shared by players and none waits for another.
 */
export const ACCOUNTS = [
  'available',
  'held',
  'debt',
  'revenue',
  'payments',
  'operator',
  'promotions',
] as const;
export type Account = (typeof ACCOUNTS)[number];

/** Whole credits. Bounded so that each is exact in JavaScript too. */
const credits = (name: string) => bigint(name, { mode: 'number' });
const balance = (name: Account) => credits(name).notNull().default(0);
const SAFE = sql.raw(String(Number.MAX_SAFE_INTEGER));
const isAccount = (column: unknown): SQL => sql`${column} in (${listOf(ACCOUNTS)})`;

/** Parts that the audit goes through the wallets in, one a minute: each is looked at every four hours and a quarter. */
export const WALLET_SLICES = 256;
/** The part that a wallet is in, by the last byte of its player's id, which is random (RFC 9562, version 7). */
export const walletSlice = sql.raw('get_byte(uuid_send(user_id), 15)');

/** A player's book: the balance of each account. Postgres itself holds that they sum to zero and that credits are never below it. */
export const wallets = pgTable(
  'wallets',
  {
    userId: uuid('user_id')
      .primaryKey()
      .references(() => users.id),
    available: balance('available'),
    held: balance('held'),
    debt: balance('debt'),
    revenue: balance('revenue'),
    payments: balance('payments'),
    operator: balance('operator'),
    promotions: balance('promotions'),
    createdAt: createdAt(),
    updatedAt: moment('updated_at').notNull().defaultNow(),
  },
  table => [
    index('wallets_updated').on(table.updatedAt),
    index('wallets_slice').on(walletSlice),
    check('wallets_available', sql`${table.available} >= 0`),
    check('wallets_held', sql`${table.held} >= 0`),
    check('wallets_debt', sql`${table.debt} <= 0`),
    /** Credits pay what is owed first. */
    check('wallets_debt_first', sql`${table.debt} = 0 or ${table.available} = 0`),
    check(
      'wallets_sum',
      sql`${table.available} + ${table.held} + ${table.debt} + ${table.revenue} + ${table.payments} + ${table.operator} + ${table.promotions} = 0`,
    ),
    check(
      'wallets_safe',
      sql`greatest(${table.available}, ${table.held}, -${table.debt}, abs(${table.revenue}), abs(${table.payments}), abs(${table.operator}), abs(${table.promotions})) <= ${SAFE}`,
    ),
  ],
);

/** Credits held for a session, with the price as it was when the session was claimed. */
export const walletHolds = pgTable(
  'wallet_holds',
  {
    sessionId: uuid('session_id')
      .primaryKey()
      .references(() => sessions.id),
    userId: uuid('user_id')
      .notNull()
      .references(() => wallets.userId),
    price: credits('price').notNull(),
    unit: text('unit').$type<PriceUnit>().notNull(),
    /** Grows while a session that is paid by the minute runs. */
    amount: credits('amount').notNull(),
    createdAt: createdAt(),
    settledAt: moment('settled_at'),
    /** What was charged of `amount`; the rest went back. */
    charged: credits('charged'),
  },
  table => [
    index('wallet_holds_open').on(table.sessionId).where(sql`${table.settledAt} is null`),
    index('wallet_holds_user').on(table.userId).where(sql`${table.settledAt} is null`),
    check('wallet_holds_price', sql`${table.price} > 0 and ${table.unit} in (${listOf(PRICE_UNITS)})`),
    check('wallet_holds_amount', sql`${table.amount} between ${table.price} and ${SAFE}`),
    check('wallet_holds_settled', sql`(${table.settledAt} is null) = (${table.charged} is null)`),
    check('wallet_holds_charged', sql`${table.charged} between 0 and ${table.amount}`),
  ],
);

/** Why credits moved. Never updated or deleted. */
export const walletTransfers = pgTable(
  'wallet_transfers',
  {
    id: newId(),
    userId: uuid('user_id')
      .notNull()
      .references(() => wallets.userId),
    kind: text('kind').$type<TransferKind>().notNull(),
    /** What this transfer does, e.g. `charge:<session>`: the same thing is never done twice. */
    key: text('key').notNull(),
    /** By way of its hold, whose lock whoever moves them has: a reference to the session would wait for who ends it. */
    sessionId: uuid('session_id').references(() => walletHolds.sessionId),
    /** The transfer that a reversal takes back. */
    reverses: uuid('reverses'),
    reason: text('reason'),
    /** The operator who did it; null: the platform itself. */
    actorId: uuid('actor_id').references(() => users.id),
    createdAt: createdAt(),
  },
  table => [
    unique('wallet_transfers_key').on(table.key),
    unique('wallet_transfers_of_user').on(table.id, table.userId),
    unique('wallet_transfers_reverses').on(table.reverses),
    index('wallet_transfers_user').on(table.userId, table.id),
    index('wallet_transfers_session').on(table.sessionId),
    index('wallet_transfers_spent')
      .on(table.createdAt)
      .where(sql`${table.kind} in ('session_charge', 'reversal')`),
    foreignKey({
      name: 'wallet_transfers_reversed',
      columns: [table.reverses, table.userId],
      foreignColumns: [table.id, table.userId],
    }),
    check('wallet_transfers_kind', sql`${table.kind} in (${listOf(TRANSFER_KINDS)})`),
    check('wallet_transfers_reversal', sql`(${table.kind} = 'reversal') = (${table.reverses} is not null)`),
    check('wallet_transfers_reason', sql`char_length(${table.reason}) between 1 and 500`),
  ],
);

/**
 * The entries of a transfer, two to a row: `amount` leaves one account and reaches another of the same book. A row cannot be made that
 * does not sum to zero. Never updated or deleted.
 */
export const walletPostings = pgTable(
  'wallet_postings',
  {
    transferId: uuid('transfer_id').notNull(),
    userId: uuid('user_id').notNull(),
    source: text('source').$type<Account>().notNull(),
    target: text('target').$type<Account>().notNull(),
    amount: credits('amount').notNull(),
  },
  table => [
    primaryKey({ columns: [table.transferId, table.source, table.target] }),
    foreignKey({
      name: 'wallet_postings_transfer',
      columns: [table.transferId, table.userId],
      foreignColumns: [walletTransfers.id, walletTransfers.userId],
    }),
    index('wallet_postings_user').on(table.userId),
    check('wallet_postings_amount', sql`${table.amount} between 1 and ${SAFE}`),
    check(
      'wallet_postings_accounts',
      sql`${isAccount(table.source)} and ${isAccount(table.target)} and ${table.source} <> ${table.target}`,
    ),
  ],
);

/** What a player was asked to pay for, as the pack was then. */
export const walletCheckouts = pgTable(
  'wallet_checkouts',
  {
    id: newId(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id),
    pack: text('pack').notNull(),
    credits: credits('credits').notNull(),
    /** In the currency's smallest unit. */
    amount: credits('amount').notNull(),
    currency: text('currency').notNull(),
    createdAt: createdAt(),
  },
  table => [
    index('wallet_checkouts_user').on(table.userId, table.createdAt),
    index('wallet_checkouts_age').on(table.createdAt),
    check('wallet_checkouts_bounds', sql`${table.credits} > 0 and ${table.amount} > 0`),
  ],
);

/** A payment as its provider tells it, in whatever order: news of money that went back may come first, before whose it was is known. */
export const walletPayments = pgTable(
  'wallet_payments',
  {
    provider: text('provider').notNull(),
    /** The provider's own id of it. */
    paymentId: text('payment_id').notNull(),
    checkoutId: uuid('checkout_id').references(() => walletCheckouts.id),
    userId: uuid('user_id').references(() => users.id),
    /** What it buys and what was paid, once it has succeeded. */
    credits: credits('credits'),
    amount: credits('amount'),
    creditedAt: moment('credited_at'),
    /** Money that went back so far: given back, and charged back by the payer's bank. */
    refunded: credits('refunded').notNull().default(0),
    chargedBack: credits('charged_back').notNull().default(0),
    /** Credits that were taken back for it. */
    returned: credits('returned').notNull().default(0),
    createdAt: createdAt(),
  },
  table => [
    primaryKey({ columns: [table.provider, table.paymentId] }),
    index('wallet_payments_user').on(table.userId),
    index('wallet_payments_checkout').on(table.checkoutId),
    check(
      'wallet_payments_known',
      sql`(${table.credits} is null) = (${table.userId} is null) and (${table.credits} is null) = (${table.amount} is null)`,
    ),
    check('wallet_payments_credited', sql`${table.creditedAt} is null or ${table.credits} is not null`),
    check('wallet_payments_back', sql`${table.refunded} >= 0 and ${table.chargedBack} >= 0`),
    check(
      'wallet_payments_returned',
      sql`${table.returned} between 0 and case when ${table.creditedAt} is null then 0 else ${table.credits} end`,
    ),
  ],
);
