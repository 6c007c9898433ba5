import { readdirSync } from 'node:fs';
import { run } from './run.ts';

const NAMESPACE = /^ncbench(\d+)-(server|emulator|client)$/;
const OFFLOADS = ['tx', 'rx', 'gso', 'gro', 'tso'];

/** Addresses that exist only inside the namespaces (RFC 2544: for benchmarks of network devices). */
export const SERVER_ADDRESS = '198.18.77.1';
export const CLIENT_ADDRESS = '198.18.77.2';

/**
 * Three network namespaces in a row: `server` (SERVER_ADDRESS), `emulator` with the interfaces `left` and `right`, and
 * `client` (CLIENT_ADDRESS), each with a loopback of its own and no way out. Nothing passes between server and client
 * but what an Emulator bridges. Needs root.
 */
export class LinkNetwork {
  readonly server: string;
  readonly emulator: string;
  readonly client: string;

  private constructor(names: { server: string; emulator: string; client: string }) {
    this.server = names.server;
    this.emulator = names.emulator;
    this.client = names.client;
  }

  /** Makes the namespaces, named after this process; also removes those that processes now dead left behind. */
  static async create(): Promise<LinkNetwork> {
    await removeStale();
    const name = (part: string) => `ncbench${process.pid}-${part}`;
    const network = new LinkNetwork({
      server: name('server'),
      emulator: name('emulator'),
      client: name('client'),
    });
    try {
      await network.#build();
    } catch (error) {
      await network.close();
      throw error;
    }
    return network;
  }

  /** The network that an outer process made, by that process's id. */
  static attach(pid: number): LinkNetwork {
    const name = (part: string) => `ncbench${pid}-${part}`;
    return new LinkNetwork({ server: name('server'), emulator: name('emulator'), client: name('client') });
  }

  async #build(): Promise<void> {
    for (const namespace of [this.server, this.emulator, this.client]) {
      await run('ip', 'netns', 'add', namespace);
      await run('ip', '-n', namespace, 'link', 'set', 'lo', 'up');
    }
    await this.#connect('left', this.server, SERVER_ADDRESS);
    await this.#connect('right', this.client, CLIENT_ADDRESS);
  }

  /** Lays a veth pair from the emulator's interface `end` to an interface `link` of `namespace`. */
  async #connect(end: string, namespace: string, address: string): Promise<void> {
    const peer = ['peer', 'name', 'link', 'netns', namespace];
    await run('ip', '-n', this.emulator, 'link', 'add', end, 'type', 'veth', ...peer);
    await run('ip', '-n', namespace, 'address', 'add', `${address}/24`, 'dev', 'link');
    for (const [where, device] of [
      [this.emulator, end],
      [namespace, 'link'],
    ] as const) {
      await run(
        'nsenter',
        `--net=/run/netns/${where}`,
        'ethtool',
        '-K',
        device,
        ...OFFLOADS.flatMap(o => [o, 'off']),
      );
      // No router solicitations and such of IPv6: they would draw from the emulator's randomness.
      await run('ip', '-n', where, 'link', 'set', 'dev', device, 'addrgenmode', 'none');
      await run('ip', '-n', where, 'link', 'set', 'dev', device, 'up');
    }
  }

  /** Removes the namespaces and the interfaces in them. May be called again. */
  async close(): Promise<void> {
    const present = namespaces();
    for (const namespace of [this.server, this.emulator, this.client]) {
      if (present.includes(namespace)) await run('ip', 'netns', 'delete', namespace);
    }
  }
}

function namespaces(): string[] {
  try {
    return readdirSync('/run/netns').filter(name => NAMESPACE.test(name));
  } catch {
    return []; // no namespace was ever made
  }
}

async function removeStale(): Promise<void> {
  const running = new Set(readdirSync('/proc'));
  for (const namespace of namespaces()) {
    const pid = NAMESPACE.exec(namespace)?.[1] ?? '';
    if (!running.has(pid)) await run('ip', 'netns', 'delete', namespace);
  }
}
