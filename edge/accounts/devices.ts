import type { Context } from 'hono';
import { getCookie } from 'hono/cookie';
import type { AppEnv } from '#edge/http/context.ts';
import { hashSecret, newSecret } from '#edge/http/secrets.ts';

/** Tells a device that has signed in before from one that has not. Proves nothing else. */
export const DEVICE_COOKIE = 'nearcade_device';

/** Where a sign-in happens. */
export interface Device {
  /** Goes into its cookie. */
  secret: string;
  /** What is stored of the secret. */
  hash: string;
  /** For people, from the User-Agent header: "Firefox on Linux". */
  name: string;
}

/** What is stored of the cookie that a device brings, if it brings one; whether it ever signed in is for Postgres to say. */
export function broughtDevice(c: Context<AppEnv>): string | undefined {
  const secret = secretIn(c);
  return secret === undefined ? undefined : hashSecret(secret);
}

/** The device that a request comes from; a new one when it brings no cookie. */
export function deviceOf(c: Context<AppEnv>): Device {
  const secret = secretIn(c) ?? newSecret();
  return { secret, hash: hashSecret(secret), name: nameDevice(c.req.header('user-agent') ?? '') };
}

function secretIn(c: Context<AppEnv>): string | undefined {
  const brought = getCookie(c, DEVICE_COOKIE);
  return brought !== undefined && /^[\w-]{43}$/.test(brought) ? brought : undefined;
}

/** In this order: most browsers also claim to be the ones after them. */
const BROWSERS = [
  ['Edge', /\bEdgA?\//],
  ['Opera', /\bOPR\//],
  ['Samsung Internet', /\bSamsungBrowser\//],
  ['Firefox', /\b(Firefox|FxiOS)\//],
  ['Chrome', /\b(Chrome|CriOS|HeadlessChrome)\//],
  ['Safari', /\bSafari\//],
  ['curl', /^curl\//],
] as const;

const SYSTEMS = [
  ['iPhone', /\biPhone\b/],
  ['iPad', /\biPad\b/],
  ['Android', /\bAndroid\b/],
  ['Windows', /\bWindows\b/],
  ['macOS', /\bMac OS X\b/],
  ['ChromeOS', /\bCrOS\b/],
  ['Linux', /\bLinux\b/],
] as const;

/** What a person calls the device of this User-Agent. Never any of its own text, which others would be shown. */
export function nameDevice(userAgent: string): string {
  const find = (known: ReadonlyArray<readonly [string, RegExp]>) =>
    known.find(([, pattern]) => pattern.test(userAgent))?.[0];
  const browser = find(BROWSERS);
  const system = find(SYSTEMS);
  if (browser !== undefined && system !== undefined) return `${browser} on ${system}`;
  return browser ?? system ?? 'Unknown device';
}
