import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import type { AppEnv } from '#edge/http/context.ts';
import type { SignIn } from '#shared/api/accounts.ts';
import { REFRESH_TOKEN_TTL_S } from '#shared/limits.ts';
import { DEVICE_COOKIE } from './devices.ts';
import type { SignedIn } from './sign-ins.ts';

export const REFRESH_COOKIE = 'nearcade_refresh';

/** Only the accounts routes get our cookies. */
const COOKIE_PATH = '/v1/accounts';

/** As long as browsers keep any (RFC 6265bis, 5.5). */
const DEVICE_COOKIE_S = 400 * 24 * 3600;

/** Answers a sign-in: its secrets in cookies that no script can read, the rest in the body. */
export function answerSignIn(c: Context<AppEnv>, { signIn, refreshToken, device }: SignedIn): SignIn {
  setOwnCookie(c, REFRESH_COOKIE, refreshToken, REFRESH_TOKEN_TTL_S);
  if (device !== undefined) setOwnCookie(c, DEVICE_COOKIE, device.secret, DEVICE_COOKIE_S);
  return signIn;
}

export function refreshCookie(c: Context<AppEnv>): string | undefined {
  return getCookie(c, REFRESH_COOKIE);
}

export function forgetRefreshCookie(c: Context<AppEnv>): void {
  deleteCookie(c, REFRESH_COOKIE, { path: COOKIE_PATH });
}

function setOwnCookie(c: Context<AppEnv>, name: string, value: string, maxAge: number): void {
  setCookie(c, name, value, {
    httpOnly: true,
    sameSite: 'Strict',
    path: COOKIE_PATH,
    secure: new URL(c.req.url).protocol === 'https:',
    maxAge,
  });
}
