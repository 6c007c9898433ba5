import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GATEWAY, INTERNET, TCP_PORTS, TestInternet, UDP_PORT } from './testing-internet.ts';

const HOST = dirname(import.meta.dirname);
const [LISTED, UNLISTED, METADATA, PRIVATE] = INTERNET;
const [PORT, OTHER_PORT] = TCP_PORTS;

/** What a game is told by a target, or how the way there failed. */
const tcp = (host: string, port: number) =>
  `echo "${host} ${port}: $(timeout 60 bash -c 'exec 3<>/dev/tcp/${host}/${port} && cat <&3' 2>&1 | tail -1 | sed 's/.*: //')"`;
const udp = (host: string) =>
  `echo "udp ${host}: $(timeout 60 bash -c 'exec 3<>/dev/udp/${host}/${UDP_PORT} && echo x >&3 && head -c 26 <&3' 2>&1 | tail -1 | sed 's/.*: //')"`;

/** A slot on the machine of the test internet; `names` are what its resolver answers. */
const node = (script: string, network: unknown, names: Record<string, string[]>) => `
  import { TestSlots } from '${HOST}/testing.ts';
  const names = ${JSON.stringify(names)};
  const slots = new TestSlots();
  try {
    const host = await slots.open(0, { lookup: async name => names[name] ?? [] });
    console.log(await slots.output(host, ${JSON.stringify(script)}, { network: ${JSON.stringify(network)} }));
  } finally {
    await slots.close();
  }`;

describe('a game whose manifest lists what it reaches', () => {
  let internet: TestInternet;
  beforeAll(async () => {
    internet = await TestInternet.open();
  });
  afterAll(() => internet?.close());

  const NAMES = {
    'scores.example': [LISTED],
    // A name that its owner points into the machine's own network once the manifest is approved (DNS rebinding).
    'rebound.example': [METADATA, PRIVATE, '127.0.0.1', GATEWAY],
  };
  const NETWORK = {
    egress: [
      { host: 'scores.example', ports: [PORT] },
      { host: LISTED, ports: [UDP_PORT], protocol: 'udp' },
      { host: 'rebound.example', ports: [PORT, UDP_PORT] },
    ],
  };

  it('reaches that, by name and address, and nothing else', async () => {
    const output = await internet.run(
      node(
        [
          tcp('scores.example', PORT),
          tcp(LISTED, PORT),
          udp(LISTED),
          // Another port, another protocol, another host.
          ...[tcp(LISTED, OTHER_PORT), tcp(UNLISTED, PORT), udp(UNLISTED)],
          // The cloud's metadata, a private network, the machine by each of its addresses, the uplink's own.
          ...[tcp(METADATA, PORT), tcp(PRIVATE, PORT), tcp(GATEWAY, PORT), tcp('10.0.2.2', PORT)],
          ...[tcp('127.0.0.1', PORT), tcp('10.0.2.3', 53), udp(METADATA)],
          // Names that lead there, and names that nobody listed.
          ...[tcp('rebound.example', PORT), tcp('other.example', PORT)],
        ].join('\n'),
        NETWORK,
        NAMES,
      ),
    );
    const lines = output.trim().split('\n');
    const hello = lines.filter(line => / from /.test(line));
    expect(hello).toEqual([
      `scores.example ${PORT}: hello from ${LISTED} ${PORT}`,
      `${LISTED} ${PORT}: hello from ${LISTED} ${PORT}`,
      `udp ${LISTED}: datagram from ${LISTED}`,
    ]);
    expect(lines).toHaveLength(15);
    for (const line of lines.filter(each => !hello.includes(each))) expect(line).toMatch(REFUSALS);
  });

  it('cannot change the list, and has no right in its network', async () => {
    const output = await internet.run(
      node(
        'ip link set tap0 down 2>&1 | tail -1; /usr/sbin/nft list ruleset 2>&1 | tail -1; cat /etc/hosts; ls /sys /dev/net 2>&1; grep CapEff /proc/self/status',
        NETWORK,
        NAMES,
      ),
    );
    expect(output).toMatch(/RTNETLINK answers: Operation not permitted/);
    expect(output).toMatch(/netlink: Error: cache initialization failed: Operation not permitted/);
    expect(output).toContain(`127.0.0.1 localhost\n${LISTED} scores.example\n`);
    expect(output).not.toContain('rebound');
    expect(output).toMatch(/CapEff:\t0000000000000000/);
  });
});

const REFUSALS =
  /: (Connection refused|No route to host|Network is unreachable|Name or service not known|Operation not permitted|Permission denied|Invalid argument|)$/;
