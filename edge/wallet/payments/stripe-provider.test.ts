import { describe, expect, it } from 'vitest';
import { sign } from './signature.ts';
import { stripeProvider } from './stripe-provider.ts';

const secret = 'whsec_0123456789abcdef0123456789abcdef';
const settings = {
  PUBLIC_URL: 'https://play.example.org',
  STRIPE_SECRET_KEY: 'sk_test_1',
  PAYMENT_WEBHOOK_SECRETS: [secret],
};
const now = new Date('2030-01-01T00:00:00Z');
const checkout = {
  id: '6f9619ff-8b86-4d01-b42d-00c04fc964ff',
  userId: crypto.randomUUID(),
  credits: 100,
  amount: 499,
  currency: 'EUR',
};

/** Stripe, as far as it is told anything: what was asked of it, and its answer. */
function stripe(answer: () => Response) {
  const asked: Request[] = [];
  const send: typeof fetch = async (input, init) => {
    asked.push(new Request(input, init));
    return answer();
  };
  return { provider: stripeProvider(settings, () => now, send), asked };
}

describe('a checkout at Stripe', () => {
  it('asks for the pack, names the checkout, and is the same page when it is asked for twice', async () => {
    const url = 'https://checkout.stripe.com/c/pay/cs_test_1';
    const { provider, asked } = stripe(() => Response.json({ id: 'cs_test_1', url }));
    expect(await provider.openCheckout(checkout)).toBe(url);
    const [request] = asked;
    expect(request?.headers.get('authorization')).toBe('Bearer sk_test_1');
    expect(request?.headers.get('idempotency-key')).toBe(checkout.id);
    expect(Object.fromEntries(new URLSearchParams(await request?.text()))).toEqual({
      mode: 'payment',
      client_reference_id: checkout.id,
      'line_items[0][quantity]': '1',
      'line_items[0][price_data][currency]': 'eur',
      'line_items[0][price_data][unit_amount]': '499',
      'line_items[0][price_data][product_data][name]': '100 credits',
      success_url: 'https://play.example.org/wallet',
      cancel_url: 'https://play.example.org/wallet',
    });
  });

  it('is not available when Stripe refuses, makes no sense or cannot be reached', async () => {
    const failures = [
      () => Response.json({ error: { message: 'Invalid API Key' } }, { status: 401 }),
      () => Response.json({ id: 'cs_test_1' }),
      () => {
        throw new TypeError('Network connection lost');
      },
    ];
    for (const answer of failures) {
      const refused = stripe(answer).provider.openCheckout(checkout);
      await expect(refused).rejects.toMatchObject({ code: 'unavailable' });
    }
  });
});

describe('news of Stripe', () => {
  const { provider } = stripe(() => Response.error());
  const read = (event: unknown, key = secret) => {
    const body = JSON.stringify(event);
    return provider.readEvent(body, new Headers({ 'stripe-signature': sign(body, key, now) }));
  };
  const about = (type: string, object: Record<string, unknown>) => ({ id: 'evt_1', type, data: { object } });
  const session = {
    client_reference_id: checkout.id,
    payment_status: 'paid',
    payment_intent: 'pi_1',
    amount_total: 499,
    currency: 'eur',
  };
  const paid = {
    type: 'payment_succeeded',
    paymentId: 'pi_1',
    checkoutId: checkout.id,
    amount: 499,
    currency: 'EUR',
  };

  it.each([
    ['checkout.session.completed', session, paid],
    ['checkout.session.async_payment_succeeded', session, paid],
    ['checkout.session.completed', { ...session, payment_status: 'unpaid' }, undefined],
    ['checkout.session.completed', { ...session, client_reference_id: null }, undefined],
    [
      'charge.refunded',
      { payment_intent: 'pi_1', amount: 499, amount_refunded: 200 },
      { type: 'payment_refunded', paymentId: 'pi_1', amountSoFar: 200 },
    ],
    ['charge.refunded', { payment_intent: null, amount_refunded: 200 }, undefined],
    [
      'charge.dispute.funds_withdrawn',
      { payment_intent: 'pi_1', amount: 499 },
      { type: 'chargeback', paymentId: 'pi_1', amountSoFar: 499 },
    ],
    ['customer.created', { id: 'cus_1' }, undefined],
  ])('%s', async (type, object, news) => {
    expect(await read(about(type, object))).toEqual(news);
  });

  it('is refused when it is forged or makes no sense', async () => {
    const event = about('checkout.session.completed', session);
    await expect(read(event, 'x'.repeat(32))).rejects.toMatchObject({ code: 'signature_wrong' });
    const odd = about('charge.refunded', { payment_intent: 'pi_1' });
    await expect(read(odd)).rejects.toMatchObject({ code: 'invalid_request' });
  });
});
