import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { pageOf, pageQuerySchema } from './page.ts';

/** What a transfer is for. Each is written once and never changed; a wrong one is answered by another of the kind `reversal`. */
export const TRANSFER_KINDS = [
  'top_up',
  'welcome',
  'payment',
  'payment_refund',
  'session_hold',
  'session_charge',
  'session_refund',
  'debt_paid',
  'reversal',
] as const;
export type TransferKind = (typeof TRANSFER_KINDS)[number];

/** What a game's price is for: a whole session, or each minute of play begun. */
export const PRICE_UNITS = ['session', 'minute'] as const;
export type PriceUnit = (typeof PRICE_UNITS)[number];

/** Credits that one top up or purchase may bring: far more than anybody plays away, far less than what a number holds exactly. */
export const TOP_UP_MAX = 1_000_000;

/** Whole credits. */
const creditsSchema = z.int();
const reasonSchema = z.string().trim().min(1).max(500);

export const walletSchema = z.object({
  /** Can be spent. */
  available: creditsSchema.nonnegative(),
  /** Kept for sessions that run; what they do not use comes back. */
  held: creditsSchema.nonnegative(),
  /** Owed, since a payment was taken back whose credits were spent. The next credits pay it first. */
  owed: creditsSchema.nonnegative(),
});
export type Wallet = z.infer<typeof walletSchema>;

/** A line of the statement. */
export const transferSchema = z.object({
  id: z.uuid(),
  kind: z.enum(TRANSFER_KINDS),
  /** The kind in plain words. */
  title: z.string(),
  /** By how much what can be spent, what is held and what is owed changed. */
  available: creditsSchema,
  held: creditsSchema,
  owed: creditsSchema,
  /** The session that it was for. */
  sessionId: z.uuid().nullable(),
  /** The transfer that this one takes back. */
  reverses: z.uuid().nullable(),
  reason: z.string().nullable(),
  /** ISO 8601. */
  createdAt: z.string(),
});
export type Transfer = z.infer<typeof transferSchema>;

export const topUpRequestSchema = z.object({
  amount: creditsSchema.min(1).max(TOP_UP_MAX),
  /** Shown to the player. */
  reason: reasonSchema,
});

const mine = { tag: 'Wallet', access: 'player' } as const;
const operators = { tag: 'Wallet', access: 'wallet:top_up' } as const;

export const walletApi = {
  get: endpoint({
    ...mine,
    method: 'get',
    path: '/v1/wallet',
    summary: 'My credits: what I can spend and what is held for sessions that run',
    revalidate: true,
    response: walletSchema,
  }),
  transfers: endpoint({
    ...mine,
    method: 'get',
    path: '/v1/wallet/transfers',
    summary: 'My statement, newest first',
    query: pageQuerySchema,
    response: pageOf(transferSchema),
  }),
  topUp: endpoint({
    ...operators,
    method: 'post',
    path: '/v1/admin/wallets/{userId}/top-ups',
    summary: "Put credits into a player's wallet",
    idempotent: true,
    params: z.object({ userId: z.uuid() }),
    body: topUpRequestSchema,
    status: 201,
    response: transferSchema,
  }),
} as const;
