import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Egress } from '#shared/egress.ts';
import { NearcadeError } from '#shared/errors.ts';
import { asSlotUser, BASE_ENV } from '../privileges.ts';
import { openResourceLimits, type ResourceLimits, uplinkAllowance } from '../resource-limits.ts';
import { switchPathOf } from '../sandbox.ts';
import { Service } from '../service.ts';
import type { SlotUser } from '../slot-user.ts';
import { type Lookup, resolveEgress, type Target } from './addresses.ts';
import { additions, ruleset } from './rules.ts';

const START_TIMEOUT_MS = 10_000;

/** Names move to other addresses: what is listed is looked up again this often. */
const LOOKUP_MS = 60_000;

/** Targets of one game in all, also of names that change their addresses for ever. */
const MAX_TARGETS = 2_000;

/** What slirp4netns needs to reach into a namespace and to shut itself in; there it keeps net_bind_service alone. */
const UPLINK_CAPABILITIES = 'sys_admin net_admin setuid setgid setpcap net_bind_service';

/** nsswitch.conf(5): names come from the hosts file alone, the C library asks nobody else. */
const NAME_SERVICES = ['hosts', 'passwd', 'group'].map(what => `${what}: files\n`).join('');

const READY_FD = 3;
const EXIT_FD = 4;

export interface GameNetworkOptions {
  /** Of the slot, among the control groups of this machine. */
  name: string;
  user: SlotUser;
  /** Where the game's /etc/hosts goes. */
  hostsPath: string;
  egress: readonly Egress[];
  lookup: Lookup;
  log: Logger;
}

/**
 * A network namespace from which a game reaches what its manifest lists. A user-mode uplink (slirp4netns) carries its
 * connections, with no route, address or forwarding of the machine's own; packet filter rules inside the namespace, which the
 * game has no right to change, are the list. Names come from a hosts file that the node writes.
 */
export class GameNetwork {
  readonly #options: GameNetworkOptions;
  readonly #limits: ResourceLimits;
  /** A process that does nothing but be in the namespace. */
  readonly #holder: Service;
  readonly #closing = new AbortController();
  readonly #targets = new Set<string>();
  #uplink: Service | undefined;

  private constructor(options: GameNetworkOptions, limits: ResourceLimits, holder: Service) {
    this.#options = options;
    this.#limits = limits;
    this.#holder = holder;
  }

  /** Throws `host_failed`: also on a node that is not root, which may make none. */
  static async open(options: GameNetworkOptions): Promise<GameNetwork> {
    const { user, name, log } = options;
    if (!user.separate) {
      throw new NearcadeError('host_failed', 'Only a node that is root can give a game a network');
    }
    const limits = openResourceLimits(`${name}-uplink`, uplinkAllowance(), log);
    const idle = asSlotUser(user, ['sh', '-c', 'echo; exec sleep infinity'], true);
    const holder = Service.start('the network namespace', ['unshare', '--net', '--', ...idle], {
      env: { ...BASE_ENV },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const network = new GameNetwork(options, limits, holder);
    try {
      await holder.ready(once(holder.child.stdout as Readable, 'data'), START_TIMEOUT_MS);
      await network.#start();
    } catch (error) {
      await network.close();
      throw error;
    }
    return network;
  }

  /** Runs `argv` in the namespace. */
  enter(argv: readonly string[]): string[] {
    return ['nsenter', `--net=${this.#path}`, '--', ...argv];
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#uplink?.stop();
    await this.#holder.stop();
    const { log } = this.#options;
    await this.#limits.close().catch((err: unknown) => log.warn({ err }, 'a control group is left behind'));
  }

  get #path(): string {
    return `/proc/${this.#holder.pid}/ns/net`;
  }

  /** Rules first: there is no moment in which more goes out. */
  async #start(): Promise<void> {
    await this.#filter(ruleset(await this.#lookUp()));
    this.#uplink = this.#startUplink();
    await this.#uplink.ready(once(this.#uplink.child.stdio[READY_FD] as Readable, 'data'), START_TIMEOUT_MS);
    void this.#keepLookingUp();
  }

  #startUplink(): Service {
    const { user } = this.#options;
    const set = `-all,${UPLINK_CAPABILITIES.split(' ')
      .map(name => `+${name}`)
      .join(',')}`;
    return Service.start(
      'slirp4netns',
      this.#limits.enter([
        ...['setpriv', `--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups', '--no-new-privs'],
        ...[`--inh-caps=${set}`, `--ambient-caps=${set}`, `--bounding-set=${set}`, '--'],
        ...['slirp4netns', '--configure', '--mtu=65520', '--disable-host-loopback', '--disable-dns'],
        ...['--enable-sandbox', '--enable-seccomp'],
        // It ends with the node: its end of this pipe is the last.
        ...[`--ready-fd=${READY_FD}`, `--exit-fd=${EXIT_FD}`],
        ...['--netns-type=path', this.#path, 'tap0'],
      ]),
      { env: { ...BASE_ENV }, stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'] },
    );
  }

  async #keepLookingUp(): Promise<void> {
    const { signal } = this.#closing;
    const { log } = this.#options;
    for (;;) {
      await sleep(LOOKUP_MS, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      try {
        await this.#filter(additions(await this.#lookUp()));
      } catch (error) {
        log.warn({ err: error }, 'the names that a game may reach were not looked up anew');
      }
    }
  }

  /** Writes the hosts file, in place since the game has it mounted, and gives what is new. */
  async #lookUp(): Promise<Target[]> {
    const { egress, lookup, hostsPath, log } = this.#options;
    const { targets, hosts, refused } = await resolveEgress(egress, lookup);
    if (refused.length > 0) log.warn({ refused }, 'the game may not reach all that it lists');
    const lines = [['localhost', '127.0.0.1'] as const, ...hosts].map(
      ([name, address]) => `${address} ${name}\n`,
    );
    await writeFile(hostsPath, lines.join(''), { mode: 0o644 });
    await writeFile(switchPathOf(hostsPath), NAME_SERVICES, { mode: 0o644 });
    const fresh = targets.filter(({ address, protocol, port }) => {
      const id = `${address} ${protocol} ${port}`;
      return !this.#targets.has(id) && this.#targets.size < MAX_TARGETS && this.#targets.add(id);
    });
    return fresh;
  }

  #filter(rules: string): Promise<void> {
    if (rules === '') return Promise.resolve();
    const [program = '', ...args] = this.enter(['nft', '-f', '-']);
    return new Promise((resolve, reject) => {
      const nft = execFile(program, args, { timeout: START_TIMEOUT_MS }, (error, _, complaint) => {
        if (error === null) resolve();
        else reject(new NearcadeError('host_failed', `The game's network cannot be filtered: ${complaint}`));
      });
      nft.stdin?.end(rules);
    });
  }
}
