import { lookup } from 'node:dns/promises';
import { networkInterfaces } from 'node:os';
import { type Egress, isPublic, rangeOf } from '#shared/egress.ts';

/** Addresses that one name may have at a time; the first ones do. */
const MAX_ADDRESSES = 16;

/** IPv4 addresses of a name, as the node sees them. */
export type Lookup = (name: string) => Promise<string[]>;

/** A target that packets may go to. */
export interface Target {
  /** An address or a range. */
  address: string;
  protocol: Egress['protocol'];
  port: number;
}

export interface Resolved {
  targets: Target[];
  /** Name and address of each, for the game's /etc/hosts. */
  hosts: [name: string, address: string][];
  /** What was not let through, and why. */
  refused: string[];
}

/**
 * Looks the listed names up, on the node: the game has no resolver of its own, so a name cannot lead it elsewhere afterwards.
 * Addresses that are not on the internet, or are this machine's own, are refused whoever's name they have.
 */
export async function resolveEgress(
  egress: readonly Egress[],
  addressesOf: Lookup,
  own: readonly string[] = ownAddresses(),
): Promise<Resolved> {
  const resolved: Resolved = { targets: [], hosts: [], refused: [] };
  const names = new Map<string, Promise<string[] | Error>>();
  for (const { host, ports, protocol } of egress) {
    const isName = rangeOf(host) === undefined;
    if (isName && !names.has(host))
      names.set(
        host,
        addressesOf(host).catch((error: Error) => error),
      );
    const found = isName ? await names.get(host) : [host];
    if (found === undefined || found instanceof Error) {
      resolved.refused.push(`${host}: ${found?.message}`);
      continue;
    }
    for (const address of found.slice(0, MAX_ADDRESSES)) {
      const range = rangeOf(address);
      if (range === undefined || !isPublic(range) || own.includes(address)) {
        resolved.refused.push(`${host}: ${address} is not on the internet`);
        continue;
      }
      if (isName) resolved.hosts.push([host, address]);
      for (const port of ports) resolved.targets.push({ address, protocol, port });
    }
  }
  return resolved;
}

/** By the machine's own resolver. */
export async function lookupAddresses(name: string): Promise<string[]> {
  const found = await lookup(name, { all: true, family: 4 });
  return found.map(({ address }) => address);
}

function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap(list => (list ?? []).map(({ address }) => address));
}
