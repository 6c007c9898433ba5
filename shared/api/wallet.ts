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

/** What a game's price is for: a whole session, or each minute begun of the time in which it was played. */
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

/** Credits that can be bought. */
export const creditPackSchema = z.object({
  id: z.string().regex(/^[a-z0-9-]{1,32}$/, 'small letters, digits and dashes'),
  credits: creditsSchema.min(1).max(TOP_UP_MAX),
  /** In the currency's smallest unit, e.g. cents. */
  amount: z.int().min(1).max(100_000_00),
  /** ISO 4217. */
  currency: z.string().regex(/^[A-Z]{3}$/, 'three capital letters'),
});
export type CreditPack = z.infer<typeof creditPackSchema>;

/** `packs` is empty where nothing is sold. */
export const creditPacksSchema = z.object({ packs: z.array(creditPackSchema) });

export const checkoutSchema = z.object({
  id: z.uuid(),
  pack: creditPackSchema,
  /** Where the player pays. The credits come with the provider's word, not with the way back. */
  url: z.url(),
});
export type Checkout = z.infer<typeof checkoutSchema>;

/** What the stand-in for a payment provider does, on a platform that takes no real money. */
export const testPaymentSchema = z.object({ act: z.enum(['pay', 'refund', 'charge_back']) });

export const topUpRequestSchema = z.object({
  amount: creditsSchema.min(1).max(TOP_UP_MAX),
  /** Shown to the player. */
  reason: reasonSchema,
});

const walletParams = z.object({ userId: z.uuid() });
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
  packs: endpoint({
    tag: 'Wallet',
    access: 'public',
    method: 'get',
    path: '/v1/wallet/packs',
    summary: 'The credits that can be bought, and for how much',
    revalidate: true,
    response: creditPacksSchema,
  }),
  checkout: endpoint({
    ...mine,
    method: 'post',
    path: '/v1/wallet/checkouts',
    summary: "Buy a pack of credits: the address of the payment provider's page",
    idempotent: true,
    body: z.object({ pack: z.string().min(1).max(32) }),
    status: 201,
    response: checkoutSchema,
  }),
  testPayment: endpoint({
    ...mine,
    method: 'post',
    path: '/v1/wallet/checkouts/{checkoutId}/test-payment',
    summary:
      'Pay, or take back, as the payment provider would; 404 unless the platform takes test money only',
    params: z.object({ checkoutId: z.uuid() }),
    body: testPaymentSchema,
  }),
  webhook: endpoint({
    tag: 'Wallet',
    access: 'webhook',
    method: 'post',
    path: '/v1/webhooks/payments',
    summary: 'What the payment provider tells: signed, at least once, in any order',
  }),
  ofPlayer: endpoint({
    tag: 'Wallet',
    access: 'admin:read',
    method: 'get',
    path: '/v1/admin/wallets/{userId}',
    summary: "A player's credits",
    params: walletParams,
    response: walletSchema,
  }),
  transfersOfPlayer: endpoint({
    tag: 'Wallet',
    access: 'admin:read',
    method: 'get',
    path: '/v1/admin/wallets/{userId}/transfers',
    summary: "A player's statement, newest first",
    params: walletParams,
    query: pageQuerySchema,
    response: pageOf(transferSchema),
  }),
  topUp: endpoint({
    ...operators,
    method: 'post',
    path: '/v1/admin/wallets/{userId}/top-ups',
    summary: "Put credits into a player's wallet",
    idempotent: true,
    params: walletParams,
    body: topUpRequestSchema,
    status: 201,
    response: transferSchema,
  }),
  reverse: endpoint({
    ...operators,
    method: 'post',
    path: '/v1/admin/wallets/{userId}/transfers/{transferId}/reversal',
    summary: 'Take back credits that were given, or what a session was charged, by a new transfer',
    idempotent: true,
    params: walletParams.extend({ transferId: z.uuid() }),
    body: z.object({ reason: reasonSchema }),
    status: 201,
    response: transferSchema,
  }),
} as const;
