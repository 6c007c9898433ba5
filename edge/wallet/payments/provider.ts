import { z } from 'zod';

const money = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

/** The news that matter to the ledger. Amounts in the currency's smallest unit. */
export const paymentEventSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('payment_succeeded'),
    /** The provider's id of the payment: what counts once, however often and in how many events it is told. */
    paymentId: z.string().min(1).max(200),
    checkoutId: z.uuid(),
    amount: money.min(1),
    currency: z.string().regex(/^[A-Z]{3}$/),
  }),
  z.object({
    type: z.enum(['payment_refunded', 'chargeback']),
    paymentId: z.string().min(1).max(200),
    /** What went back so far in this way, all told, so that events may repeat and overtake each other. */
    amountSoFar: money.min(1),
  }),
]);
export type PaymentEvent = z.infer<typeof paymentEventSchema>;

export interface CheckoutRequest {
  /** Also the idempotency key towards the provider: asking twice gives the same page. */
  id: string;
  userId: string;
  credits: number;
  amount: number;
  currency: string;
}

/** Who takes the money: an adapter, one file each. */
export interface PaymentProvider {
  /** Under which its payments are kept; never changed. */
  readonly name: string;
  /** The address of the page on which the player pays. Its events then name the checkout. */
  openCheckout(checkout: CheckoutRequest): Promise<string>;
  /** The event in a webhook; undefined for one that is of no interest. Throws `signature_wrong` or `invalid_request`. */
  readEvent(body: string, headers: Headers): Promise<PaymentEvent | undefined>;
}
