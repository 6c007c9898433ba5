import type { Context } from 'hono';

/** The client as Cloudflare saw it; the header can't be sent through Cloudflare by a client. */
export function clientAddress(c: Context): string {
  return c.req.header('cf-connecting-ip') ?? 'unknown';
}
