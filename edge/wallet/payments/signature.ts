import { createHmac } from 'node:crypto';
import { sameSecret } from '#edge/http/secrets.ts';
import { NearcadeError } from '#shared/errors.ts';

/**
 * Signed webhooks in the way that Stripe made common: the header is `t=<Unix seconds>,v1=<hex>`, possibly with several v1, each the
 * HMAC-SHA256 of `<t>.<body>` with one of the secrets.
 */
export const SIGNATURE_HEADER = 'nearcade-signature';

/** Seconds that a signature may be older, or newer by a clock that is ahead, than our clock: a recorded request is worth nothing later. */
const TOLERANCE_S = 300;

/** Signatures that are looked at: during a rotation there are two. */
const SIGNATURES_MAX = 5;

/** The header for `body`, signed now. */
export function sign(body: string, secret: string, now: Date): string {
  const at = Math.floor(now.getTime() / 1000);
  return `t=${at},v1=${digest(body, secret, at)}`;
}

/** Throws `signature_wrong` unless one of `secrets` has signed exactly this body, within the tolerance. */
export function verifySignature(
  body: string,
  header: string | undefined,
  secrets: readonly string[],
  now: Date,
): void {
  const parts = (header ?? '').split(',').map(part => part.trim());
  const at = Number(
    /^t=(\d{1,12})$/.exec(parts.find(part => part.startsWith('t=')) ?? '')?.[1] ?? Number.NaN,
  );
  const given = parts
    .filter(part => part.startsWith('v1='))
    .map(part => part.slice(3))
    .slice(0, SIGNATURES_MAX);
  const isRecent = Math.abs(now.getTime() / 1000 - at) <= TOLERANCE_S;
  const isSigned = secrets
    .map(secret => digest(body, secret, at))
    .some(expected => given.some(signature => sameSecret(signature, expected)));
  if (!isRecent || !isSigned) throw new NearcadeError('signature_wrong');
}

function digest(body: string, secret: string, at: number): string {
  return createHmac('sha256', secret).update(`${at}.${body}`).digest('hex');
}
