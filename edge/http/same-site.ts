import type { Context } from 'hono';
import type { AppEnv } from './context.ts';

/** Whether a page of another origin asks, as its browser says (RFC 6454, 7). Who is no browser says nothing. */
export function comesFromOtherOrigin(c: Context<AppEnv>): boolean {
  const origin = c.req.header('origin');
  if (origin === undefined || origin === c.get('services').settings.PUBLIC_URL) return false;
  return URL.parse(origin)?.host !== new URL(c.req.url).host;
}

/**
 * Whether a page asks that is none of ours. `Sec-Fetch-Site` (W3C Fetch Metadata) says it best; browsers send it to https and to their own
 * machine alone, and everywhere else the origin.
 */
export function comesFromOtherSite(c: Context<AppEnv>): boolean {
  const site = c.req.header('sec-fetch-site');
  return site === undefined ? comesFromOtherOrigin(c) : site !== 'same-origin' && site !== 'none';
}
