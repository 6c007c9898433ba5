import { BlockList, isIPv4, isIPv6 } from 'node:net';
import { isPublic, rangeOf } from '#shared/egress.ts';

/** Global unicast (RFC 4291, 2.4). */
const GLOBAL = new BlockList();
GLOBAL.addSubnet('2000::', 3, 'ipv6');

/** Of these what leads elsewhere or nowhere (IANA's special-purpose registry, RFC 6890): protocol assignments with Teredo, documentation, 6to4. */
const NOT_GLOBAL = new BlockList();
for (const [net, bits] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const) {
  NOT_GLOBAL.addSubnet(net, bits, 'ipv6');
}

/** Whether anybody on the internet reaches the machine that has this address. */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) {
    const range = rangeOf(address);
    return range !== undefined && isPublic(range);
  }
  return isIPv6(address) && GLOBAL.check(address, 'ipv6') && !NOT_GLOBAL.check(address, 'ipv6');
}
