import { describeError, log } from '#edge/http/log.ts';
import { NearcadeError } from '#shared/errors.ts';

/** `passkey_invalid`, its reason in our own log alone: a wrong PUBLIC_URL is found there, and a forger learns nothing. */
export function refusal(reason: unknown): NearcadeError {
  log('warn', 'passkey refused', describeError(reason));
  return new NearcadeError('passkey_invalid', undefined, { cause: reason });
}
