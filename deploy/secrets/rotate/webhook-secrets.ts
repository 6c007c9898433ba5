import { checkValue } from '../check-value.ts';
import { findSecret, type SecretsContext } from '../context.ts';
import { changedAt, changeSetting, finishChange, isDue, pendingChange } from './change.ts';

const SETTING = 'PAYMENT_WEBHOOK_SECRETS';
const NAME = `worker/${SETTING}`;

/** Seconds for which a provider may go on signing with the old one: Stripe lets it run out within a day. */
const RUN_OUT_S = 25 * 3600;

/** Does what is due: the provider's new secret is good beside the old one, then the old one no more. The provider gives it out: `read`. */
export async function rotateWebhookSecrets(
  context: SecretsContext,
  { isHurried, read }: { isHurried: boolean; read: (what: string) => Promise<string> },
): Promise<void> {
  const { store, print } = context;
  const waiting = await pendingChange(context, SETTING);
  if (waiting !== undefined) {
    print('A step was cut off: it goes on.');
    await finishChange(context, SETTING, waiting);
  }
  const current = await store.read(NAME);
  if (!current.includes(',')) {
    const added = await read("The payment provider's new webhook secret");
    checkValue(findSecret(NAME), added);
    await changeSetting(context, SETTING, `${added},${current}`);
    print('1 of 2: webhooks signed with the new secret or the old one are taken.');
    const since = await changedAt(context, NAME);
    isDue(context, { since, seconds: RUN_OUT_S, next: 'the old secret goes', isHurried: false });
    return;
  }
  const since = await changedAt(context, NAME);
  if (!isDue(context, { since, seconds: RUN_OUT_S, next: 'the old secret goes', isHurried })) return;
  await changeSetting(context, SETTING, current.split(',')[0] ?? '');
  print('2 of 2: the old secret is gone.');
}
