import { isIPv4, isIPv6 } from 'node:net';
import type { Context } from 'hono';

/**
 * The client as Cloudflare saw it; the header can't be sent through Cloudflare by a client. Of IPv6 the first 64 bits, which is
 * what one household or machine is given: with the rest it could be another client at each try.
 */
export function clientAddress(c: Context): string {
  const address = c.req.header('cf-connecting-ip') ?? 'unknown';
  return address.includes(':') ? network(address) : address;
}

/** The first four groups of an IPv6 address, written out (RFC 4291, 2.2). An IPv4 address in one stays as it is. */
function network(address: string): string {
  if (address.includes('.')) return address;
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  while (groups.length + after.length < 8) groups.push('0');
  return [...groups, ...after]
    .slice(0, 4)
    .map(group => Number.parseInt(group, 16).toString(16))
    .join(':');
}

/** The whole address as a database takes it: an IPv4 address within an IPv6 one (RFC 4291, 2.5.5.2) as itself. Null for what is none. */
export function networkAddress(text: string | undefined): string | null {
  if (text === undefined || text.includes('%')) return null;
  if (isIPv4(text)) return text;
  if (!isIPv6(text)) return null;
  // The URL parser writes every form of it in one way, the last four bytes in hexadecimal (WHATWG URL, 3.5).
  const host = new URL(`http://[${text}]`).hostname.slice(1, -1);
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(host) ?? [];
  if (high === undefined || low === undefined) return host;
  const bytes = [high, low].map(group => Number.parseInt(group, 16));
  return bytes.flatMap(group => [group >> 8, group & 0xff]).join('.');
}
