import type { Target } from './addresses.ts';

/** Bytes a second each way: what game protocols and downloads of news take, far below what would crowd out the players' picture. */
const RATE = '2 mbytes/second burst 2 mbytes';

const TABLE = 'inet nearcade';
const SET = 'allowed';

/** nft(8): what may leave a game's network namespace, and what may answer. All else is refused at once, so that nobody waits. */
export function ruleset(targets: readonly Target[]): string {
  const to = `ip daddr . meta l4proto . th dport @${SET}`;
  const from = `ip saddr . meta l4proto . th sport @${SET}`;
  return `table ${TABLE} {
  set ${SET} {
    type ipv4_addr . inet_proto . inet_service
    flags interval
  }
  chain output {
    type filter hook output priority filter; policy drop;
    oif "lo" accept
    ${to} limit rate over ${RATE} drop
    ${to} accept
    meta l4proto tcp reject with tcp reset
    reject with icmpx admin-prohibited
  }
  chain input {
    type filter hook input priority filter; policy drop;
    iif "lo" accept
    ${from} limit rate over ${RATE} drop
    ${from} accept
  }
}
${additions(targets)}`;
}

/** Lets more through. What is let through already may be named again. */
export function additions(targets: readonly Target[]): string {
  const elements = targets.map(({ address, protocol, port }) => `${address} . ${protocol} . ${port}`);
  return elements.length === 0
    ? ''
    : `add element ${TABLE} ${SET} { ${[...new Set(elements)].join(', ')} }\n`;
}
