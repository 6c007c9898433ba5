import { z } from 'zod';

/**
 * What a game may reach of the network: named hosts, addresses or ranges of IPv4, each with its ports. Never the machine, its
 * neighbours or what a cloud keeps for the machine alone (metadata): those ranges cannot be named, and a name that
 * leads to one is not let through.
 */

/** One game talks to a few services; the list is looked up and kept by each node that plays it. */
const MAX_ENTRIES = 32;
const MAX_PORTS = 16;

/** A range wider than this is no list any more. */
const WIDEST_RANGE_BITS = 16;

/** Not the internet (IANA's special-purpose registry, RFC 6890): this host, private, shared, link-local with the metadata of clouds, multicast, reserved. */
const NOT_PUBLIC: readonly Ipv4Range[] = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '224.0.0.0/3',
].map(text => rangeOf(text) as Ipv4Range);

/** `size` addresses from `first` on, as numbers. */
export interface Ipv4Range {
  first: number;
  size: number;
  bits: number;
}

/** An address is a range of one. Undefined when `text` is neither that nor `address/bits`, aligned. */
export function rangeOf(text: string): Ipv4Range | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\/(\d{1,2}))?$/.exec(text);
  if (match === null) return undefined;
  const parts = match.slice(1, 5).map(Number);
  const bits = Number(match[5] ?? 32);
  if (bits > 32 || parts.some(part => part > 255)) return undefined;
  const first = parts.reduce((sum, part) => sum * 256 + part, 0);
  const size = 2 ** (32 - bits);
  return first % size === 0 ? { first, size, bits } : undefined;
}

/** Whether all of a range is on the internet. */
export function isPublic(range: Ipv4Range): boolean {
  return NOT_PUBLIC.every(
    other => range.first + range.size <= other.first || other.first + other.size <= range.first,
  );
}

const HOST_NAME = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/;

const host = z.string().superRefine((text, context) => {
  const range = rangeOf(text);
  const wrong = (message: string) => context.addIssue({ code: 'custom', message });
  if (range === undefined) {
    if (!HOST_NAME.test(text)) wrong('must be a host name in lower case, an IPv4 address or a range of them');
    return;
  }
  if (range.bits < WIDEST_RANGE_BITS) wrong(`must not be wider than /${WIDEST_RANGE_BITS}`);
  if (!isPublic(range)) wrong('must be an address of the internet: no private, local or reserved one');
});

const egressSchema = z.strictObject({
  host,
  ports: z.array(z.int().min(1).max(65535)).min(1).max(MAX_PORTS),
  protocol: z.enum(['tcp', 'udp']).default('tcp'),
});
export type Egress = z.infer<typeof egressSchema>;

/** `false`: none at all. Otherwise what is listed, and nothing else. */
export const networkSchema = z
  .union([z.literal(false), z.strictObject({ egress: z.array(egressSchema).min(1).max(MAX_ENTRIES) })], {
    error: 'must be false or { "egress": [{ "host", "ports" }] }',
  })
  .default(false);
