import { hashSecret } from '#edge/http/secrets.ts';
import type { Services } from '#edge/services.ts';
import { orUnavailable } from '#edge/store/hints.ts';
import { redisKey } from '#edge/store/keys.ts';
import { NearcadeError } from '#shared/errors.ts';

const WINDOW_S = 60;

/**
 * Counts a try of signing in or registering, by client address and by e-mail address (none: before it is known who
 * signs in), in windows of a minute. `device`: what it brings of its cookie; each is counted apart, so that strangers who try all the time
 * keep the owner's devices out of nothing. An invented one gains nothing by that: wrong passwords are counted by the account (lock-out.ts).
 * Throws `rate_limited`; without Redis `unavailable`, since a guesser must not get in by overloading the counter.
 */
export async function countSignInTry(
  { hints, settings }: Pick<Services, 'hints' | 'settings'>,
  client: string,
  email?: string,
  device = '',
): Promise<void> {
  // Hashed: the counters should not be a list of who signs in.
  const byClient = redisKey.signInTries('address', hashSecret(client));
  const byAccount =
    email === undefined ? undefined : redisKey.signInTries('account', hashSecret(email + device));
  const counting = hints.multi().set(byClient, 0, { nx: true, ex: WINDOW_S }).incr(byClient);
  if (byAccount !== undefined) counting.set(byAccount, 0, { nx: true, ex: WINDOW_S }).incr(byAccount);
  const [, fromClient, , forAccount = 0] = await orUnavailable('Signing in', () =>
    counting.exec<[unknown, number, unknown?, number?]>(),
  );
  if (fromClient > settings.SIGN_IN_LIMIT_PER_ADDRESS || forAccount > settings.SIGN_IN_LIMIT_PER_ACCOUNT) {
    throw new NearcadeError('rate_limited', 'Too many tries: wait a minute');
  }
}
