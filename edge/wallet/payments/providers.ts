import type { Services } from '#edge/services.ts';
import { NearcadeError } from '#shared/errors.ts';
import { localProvider } from './local-provider.ts';
import type { PaymentProvider } from './provider.ts';
import { stripeProvider } from './stripe-provider.ts';

/** The one that the settings name. Throws `payments_off`. */
export function paymentProvider({ settings, now }: Pick<Services, 'settings' | 'now'>): PaymentProvider {
  switch (settings.PAYMENTS) {
    case 'off':
      throw new NearcadeError('payments_off');
    case 'local':
      return localProvider(settings, now);
    case 'stripe':
      return stripeProvider(settings, now, (input, init) => fetch(input, init));
  }
}
