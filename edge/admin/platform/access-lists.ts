import { BlockList, isIPv4, isIPv6 } from 'node:net';
import type { RuleRows } from './settings.ts';

/** Who asks to come in. No account: one is about to be made. */
export interface Newcomer {
  userId: string | null;
  /** As the network saw it; undefined when it is not known. */
  address: string | undefined;
}

class List {
  readonly #ranges = new BlockList();
  readonly #accounts = new Set<string>();

  addRange(address: string, prefix: number): void {
    this.#ranges.addSubnet(address, prefix, isIPv4(address) ? 'ipv4' : 'ipv6');
  }

  addAccount(userId: string): void {
    this.#accounts.add(userId);
  }

  /** An IPv4 address within an IPv6 one (RFC 4291, 2.5.5.2) is that IPv4 address. */
  has({ userId, address = '' }: Newcomer): boolean {
    if (userId !== null && this.#accounts.has(userId)) return true;
    if (isIPv4(address)) return this.#ranges.check(address, 'ipv4');
    return isIPv6(address) && this.#ranges.check(address, 'ipv6');
  }
}

export interface AccessLists {
  allow: Pick<List, 'has'>;
  deny: Pick<List, 'has'>;
}

export function listsOf(rules: RuleRows): AccessLists {
  const lists = { allow: new List(), deny: new List() };
  for (const [list, address, prefix, userId] of rules) {
    if (address !== null && prefix !== null) lists[list].addRange(address, prefix);
    if (userId !== null) lists[list].addAccount(userId);
  }
  return lists;
}
