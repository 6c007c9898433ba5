import { NearcadeError } from '#shared/errors.ts';
import { checkValue } from './check-value.ts';
import { findSecret, type SecretsContext } from './context.ts';

/**
 * Makes what `read` gives the value of a secret. Throws `secret_invalid` for no such value, and for one that has to be changed in
 * steps since both sides hold it (`rotate`), unless it `replaces` on purpose.
 */
export async function setSecret(
  { store, print }: SecretsContext,
  called: string,
  { read, replaces }: { read: (what: string) => Promise<string>; replaces: boolean },
): Promise<void> {
  const secret = findSecret(called);
  const { name, group, facts } = secret;
  const now = await store.readStage(name, 'current');
  if (now !== undefined && facts.rotate !== 'value' && !replaces) {
    throw new NearcadeError(
      'secret_invalid',
      `${name} is there: \`rotate ${facts.rotate}\` changes it without an interruption, --replace at once`,
    );
  }
  const text = await read(`New value of ${name}, ${facts.what}`);
  checkValue(secret, text);
  if (text === now) {
    print(`${name} has this value already`);
    return;
  }
  await store.put(name, text, 'current');
  print(`${name} is set${group === 'worker' ? `; the Worker takes it by \`push\`` : ''}`);
}
