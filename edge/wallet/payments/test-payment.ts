import type { z } from 'zod';
import type { Services } from '#edge/services.ts';
import type { testPaymentSchema } from '#shared/api/wallet.ts';
import { NearcadeError } from '#shared/errors.ts';
import { receivePayment } from './apply.ts';
import { readCheckout } from './checkouts.ts';
import { signTestEvent } from './local-provider.ts';
import type { PaymentEvent } from './provider.ts';

/** Does what a payment provider would: signs the news about the player's checkout and hands them in. Throws `not_found`
 * unless the platform takes test money only, and `checkout_not_found`. */
export async function testPayment(
  services: Services,
  userId: string,
  checkoutId: string,
  act: z.output<typeof testPaymentSchema>['act'],
): Promise<void> {
  const { db, settings, now } = services;
  if (settings.PAYMENTS !== 'local') throw new NearcadeError('not_found');
  const checkout = await readCheckout(db, checkoutId);
  if (checkout.userId !== userId) throw new NearcadeError('checkout_not_found');
  const { amount, currency } = checkout;
  const paymentId = `test-${checkoutId}`;
  const events: Record<typeof act, PaymentEvent> = {
    pay: { type: 'payment_succeeded', paymentId, checkoutId, amount, currency },
    refund: { type: 'payment_refunded', paymentId, amountSoFar: amount },
    charge_back: { type: 'chargeback', paymentId, amountSoFar: amount },
  };
  const { body, headers } = signTestEvent(events[act], settings, now());
  await receivePayment(services, body, headers);
}
