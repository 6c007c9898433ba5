import { z } from 'zod';
import type { Settings } from '#edge/env.ts';
import { NearcadeError, parseWith } from '#shared/errors.ts';
import { parseJson } from './json.ts';
import { type CheckoutRequest, type PaymentProvider, paymentEventSchema } from './provider.ts';
import { verifySignature } from './signature.ts';

/** The version of Stripe's API that this was written for: its webhook endpoint has to be made with the same. */
const STRIPE_VERSION = '2024-06-20';

/** Milliseconds that Stripe may take to make a page: the player is waiting. */
const TIMEOUT_MS = 10_000;

const createdSchema = z.object({ url: z.url() });

const text = z.string().min(1);
const money = z.int();

/** The second comes for ways to pay that take days, after a first that is not paid yet. */
const SESSION_EVENTS = ['checkout.session.completed', 'checkout.session.async_payment_succeeded'] as const;
const REFUND_EVENT = 'charge.refunded';
/** Not `created`: an inquiry takes no money. */
const DISPUTE_EVENT = 'charge.dispute.funds_withdrawn';

/** What the endpoint is to be told (https://docs.stripe.com/api/events/types); it may be told more. */
const EVENTS: readonly string[] = [...SESSION_EVENTS, REFUND_EVENT, DISPUTE_EVENT];

const stripeEventSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.enum(SESSION_EVENTS),
    data: z.object({
      object: z.object({
        client_reference_id: z.string().nullable(),
        payment_status: text,
        payment_intent: z.string().nullable(),
        amount_total: money.nullable(),
        currency: z.string().nullable(),
      }),
    }),
  }),
  z.object({
    type: z.literal(REFUND_EVENT),
    data: z.object({ object: z.object({ payment_intent: z.string().nullable(), amount_refunded: money }) }),
  }),
  z.object({
    type: z.literal(DISPUTE_EVENT),
    data: z.object({ object: z.object({ payment_intent: z.string().nullable(), amount: money }) }),
  }),
]);
type StripeEvent = z.infer<typeof stripeEventSchema>;

/** Stripe Checkout (https://docs.stripe.com/payments/checkout). `send`: the network. */
export function stripeProvider(
  settings: Pick<Settings, 'PUBLIC_URL' | 'STRIPE_SECRET_KEY' | 'PAYMENT_WEBHOOK_SECRETS'>,
  now: () => Date,
  send: typeof fetch,
): PaymentProvider {
  return {
    name: 'stripe',
    openCheckout: async checkout => {
      const response = await send('https://api.stripe.com/v1/checkout/sessions', {
        method: 'POST',
        headers: {
          Authorization: `Bearer ${settings.STRIPE_SECRET_KEY}`,
          'Stripe-Version': STRIPE_VERSION,
          'Idempotency-Key': checkout.id,
        },
        body: new URLSearchParams(formOf(checkout, settings.PUBLIC_URL)),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      }).catch((cause: unknown) => {
        throw new NearcadeError('unavailable', 'The payment provider cannot be reached', { cause });
      });
      if (!response.ok) {
        const cause = new Error(`Stripe answers ${response.status}: ${await response.text()}`);
        throw new NearcadeError('unavailable', 'The payment provider does not answer as it should', {
          cause,
        });
      }
      return parseWith(createdSchema, await response.json(), 'unavailable').url;
    },
    readEvent: async (body, headers) => {
      const signature = headers.get('stripe-signature') ?? undefined;
      verifySignature(body, signature, settings.PAYMENT_WEBHOOK_SECRETS, now());
      const event = parseJson(body);
      const { type } = parseWith(z.object({ type: text }), event);
      if (!EVENTS.includes(type)) return undefined;
      const news = newsIn(parseWith(stripeEventSchema, event));
      return news === undefined ? undefined : parseWith(paymentEventSchema, news);
    },
  };
}

function formOf(
  { id, credits, amount, currency }: CheckoutRequest,
  publicUrl: string,
): Record<string, string> {
  return {
    mode: 'payment',
    client_reference_id: id,
    'line_items[0][quantity]': '1',
    'line_items[0][price_data][currency]': currency.toLowerCase(),
    'line_items[0][price_data][unit_amount]': String(amount),
    'line_items[0][price_data][product_data][name]': `${credits} credits`,
    success_url: `${publicUrl}/wallet`,
    cancel_url: `${publicUrl}/wallet`,
  };
}

/** Undefined for what is not about a payment of ours, or not paid yet. */
function newsIn(event: StripeEvent): z.input<typeof paymentEventSchema> | undefined {
  const { object } = event.data;
  const paymentId = object.payment_intent;
  if (paymentId === null) return undefined;
  switch (event.type) {
    case REFUND_EVENT:
      return { type: 'payment_refunded', paymentId, amountSoFar: event.data.object.amount_refunded };
    case DISPUTE_EVENT:
      return { type: 'chargeback', paymentId, amountSoFar: event.data.object.amount };
    default: {
      const { client_reference_id: checkoutId, payment_status, amount_total, currency } = event.data.object;
      if (payment_status !== 'paid' || checkoutId === null || amount_total === null || currency === null) {
        return undefined;
      }
      const paid = { paymentId, checkoutId, amount: amount_total, currency: currency.toUpperCase() };
      return { type: 'payment_succeeded', ...paid };
    }
  }
}
