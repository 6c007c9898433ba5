import type { Settings } from '#edge/env.ts';
import { NearcadeError, parseWith } from '#shared/errors.ts';
import { parseJson } from './json.ts';
import { type PaymentEvent, type PaymentProvider, paymentEventSchema } from './provider.ts';
import { SIGNATURE_HEADER, sign, verifySignature } from './signature.ts';

/**
 * Takes no money: its page is one of the web app, on which the player says that it was paid (`signTestEvent`). Its webhooks are JSON
 * of `paymentEventSchema`, signed (signature.ts).
 */
export function localProvider(settings: Settings, now: () => Date): PaymentProvider {
  return {
    name: 'local',
    openCheckout: async ({ id }) => `${settings.PUBLIC_URL}/wallet/test-payment/${id}`,
    readEvent: async (body, headers) => {
      verifySignature(
        body,
        headers.get(SIGNATURE_HEADER) ?? undefined,
        settings.PAYMENT_WEBHOOK_SECRETS,
        now(),
      );
      return parseWith(paymentEventSchema, parseJson(body));
    },
  };
}

/** The webhook that the stand-in sends: its body and headers. */
export function signTestEvent(
  event: PaymentEvent,
  settings: Pick<Settings, 'PAYMENT_WEBHOOK_SECRETS'>,
  now: Date,
): { body: string; headers: Headers } {
  const [secret] = settings.PAYMENT_WEBHOOK_SECRETS;
  if (secret === undefined) throw new NearcadeError('config_invalid', 'PAYMENT_WEBHOOK_SECRETS is empty');
  const body = JSON.stringify(event);
  return { body, headers: new Headers({ [SIGNATURE_HEADER]: sign(body, secret, now) }) };
}
