import type { Context } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { hashSecret, newSecret } from '#edge/http/secrets.ts';

/** A secret that this browser alone has while it signs in: what it began nobody else can end, and no link can make it end. */
const COOKIE = 'nearcade_sign_in';
const COOKIE_PATH = '/v1/accounts';

/** Seconds from the beginning of a sign-in to its end: enough to find a phone, or to sign in at the provider first. */
export const SIGN_IN_BEGUN_TTL_S = 600;

/** Who begins: the hash of this browser's secret. A browser that has one keeps it, since two tabs may sign in at once. */
export function beginInBrowser(c: Context): string {
  const kept = getCookie(c, COOKIE);
  const secret = kept !== undefined && /^[\w-]{43}$/.test(kept) ? kept : newSecret();
  setCookie(c, COOKIE, secret, {
    httpOnly: true,
    // Lax, not Strict: the way back from a provider is a navigation that another site began.
    sameSite: 'Lax',
    path: COOKIE_PATH,
    secure: new URL(c.req.url).protocol === 'https:',
    maxAge: SIGN_IN_BEGUN_TTL_S,
  });
  return hashSecret(secret);
}

/** Who comes to end it; a browser without a secret is nobody, and matches nothing that was begun. */
export function browserOf(c: Context): string {
  return hashSecret(getCookie(c, COOKIE) ?? newSecret());
}
