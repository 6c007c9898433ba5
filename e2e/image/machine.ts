import { type ChildProcess, spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type Lock, waitForLock } from '#local/supervise/lock.ts';
import { until } from '../support/until.ts';
import { imageCache, unpackBareRoot } from './bare-root.ts';
import { run } from './run.ts';

/** With the pid of who made it. */
const GROUP = 'nearcade-image-';

const BOOT = join(import.meta.dirname, 'boot-machine.sh');

/** cgroup v2, where it is mounted beside v1 and where it is alone. */
const GROUPS = ['/sys/fs/cgroup/unified', '/sys/fs/cgroup'].find(dir =>
  existsSync(join(dir, 'cgroup.procs')),
);

/** Addresses that exist only on the link between this machine and that one (RFC 2544: for tests). */
export const HOST_ADDRESS = '198.18.79.1';
export const MACHINE_ADDRESS = '198.18.79.2';

const LINK = 'ncimage';

/** Whom this machine trusts: what stands between it and the registries may have certificates of its own. curl(1) and Node read these variables. */
const TRUSTED = '/etc/ssl/certs/ca-certificates.crt';
const TRUSTED_THERE = '/etc/nearcade-test-trusted.crt';
const TRUST = [`CURL_CA_BUNDLE=${TRUSTED_THERE}`, `NODE_EXTRA_CA_CERTS=${TRUSTED_THERE}`];

export interface RunOptions {
  /** `host`: with this machine's network, as a VM has the internet; `own`: what the machine itself has, the link alone. */
  network?: 'host' | 'own';
  input?: string;
}

/**
 * A Debian 12 that runs as a virtual machine would: its own systemd as process 1, in mount, PID, network, IPC, UTS and cgroup namespaces, on
 * a disk that is thrown away. Its kernel is this machine's. Needs root.
 */
export class Machine {
  readonly root: string;
  /** Its control group on this machine. */
  readonly group: string;
  readonly #child: ChildProcess;
  readonly #lock: Lock;
  readonly #exited: Promise<void>;
  #pid = 0;

  private constructor(root: string, group: string, child: ChildProcess, lock: Lock) {
    this.#lock = lock;
    this.root = root;
    this.group = group;
    this.#child = child;
    this.#exited = new Promise(resolve => child.once('exit', () => resolve()));
  }

  /** From a bare Debian. `root` is removed with the machine. */
  static async boot(root: string): Promise<Machine> {
    if (GROUPS === undefined) throw new Error('this machine has no cgroup v2');
    if (process.getuid?.() !== 0) throw new Error('a machine is made by root');
    removeStaleGroups(GROUPS);
    mkdirSync(imageCache(), { recursive: true });
    // apt wants its cache to itself, and the link's addresses are there once.
    const lock = await waitForLock(imageCache(), 'machine', {
      signal: new AbortController().signal,
      onWait: () => console.log('another test has a machine: waiting for it'),
    });
    removeRoot(root);
    await unpackBareRoot(root);
    copyFileSync('/etc/resolv.conf', join(root, 'etc/resolv.conf'));
    writeFileSync(join(root, 'etc/hosts'), '127.0.0.1 localhost\n');
    copyFileSync(TRUSTED, join(root, TRUSTED_THERE));
    const group = join(GROUPS, `${GROUP}${process.pid}`);
    mkdirSync(group, { recursive: true });
    // It and all in it die with this process.
    const enter = 'echo $$ > "$1/cgroup.procs"; shift; exec "$@"';
    const namespaces = [
      'unshare',
      '--mount',
      '--pid',
      '--net',
      '--uts',
      '--ipc',
      '--cgroup',
      '--fork',
      '--kill-child',
    ];
    const child = spawn(
      'setpriv',
      [
        '--pdeathsig',
        'KILL',
        '--',
        'bash',
        '-c',
        enter,
        'enter',
        group,
        ...namespaces,
        BOOT,
        root,
        imageCache(),
      ],
      { stdio: ['ignore', 'inherit', 'inherit'] },
    );
    const machine = new Machine(root, group, child, lock);
    try {
      await until('the machine is up', () => machine.#findInit());
      await machine.#connect();
      await until('its systemd answers', async () => {
        await machine.run(['systemctl', 'list-units', '--quiet']);
        return true;
      });
    } catch (error) {
      await machine.close();
      throw error;
    }
    return machine;
  }

  /** Runs a program in it as root and answers what it printed; throws when it fails. */
  run(argv: readonly string[], { network = 'own', input = '' }: RunOptions = {}): Promise<string> {
    return run(this.enter(argv, network), input);
  }

  /** The command line that runs a program in it as root. It ends with the machine at the latest. */
  enter(argv: readonly string[], network: NonNullable<RunOptions['network']>): string[] {
    const namespaces = ['--mount', '--pid', '--uts', '--ipc', '--cgroup'];
    if (network === 'own') namespaces.push('--net');
    const environment = [
      'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      'HOME=/root',
      'LANG=C.UTF-8',
      ...(network === 'host' ? TRUST : []),
    ];
    const target = ['--target', String(this.#pid), ...namespaces, '--root', '--wd'];
    return ['nsenter', ...target, 'env', '-i', ...environment, ...argv];
  }

  /** Writes a file of root's. */
  async write(path: string, text: string, mode: string): Promise<void> {
    const script = 'mkdir -p "$(dirname "$1")" && cat > "$1" && chmod "$2" "$1"';
    await this.run(['sh', '-c', script, 'write', path, mode], { input: text });
  }

  /** What its services have logged, for a test that failed. */
  async journal(unit: string): Promise<string> {
    return this.run(['journalctl', '--unit', unit, '--no-pager', '--lines', '60', '--output', 'cat']).catch(
      String,
    );
  }

  async close(): Promise<void> {
    if (!existsSync(this.group)) return;
    this.#child.kill('SIGKILL');
    await this.#exited;
    await until('its processes are gone', () => groupIsEmpty(this.group));
    removeGroups(this.group);
    removeRoot(this.root);
    await this.#lock.close();
  }

  /** The systemd in it: the child of unshare, once it has left this machine's file system. */
  #findInit(): boolean {
    if (this.#child.exitCode !== null) throw new Error('it has ended');
    const children = readFileSync(`/proc/${this.#child.pid}/task/${this.#child.pid}/children`, 'utf8');
    this.#pid = Number.parseInt(children, 10) || 0;
    if (this.#pid === 0) return false;
    return readFileSync(`/proc/${this.#pid}/comm`, 'utf8').trim() === 'systemd';
  }

  async #connect(): Promise<void> {
    await run(['ip', 'link', 'delete', LINK]).catch(() => undefined);
    await run([
      'ip',
      'link',
      'add',
      LINK,
      'type',
      'veth',
      'peer',
      'name',
      'eth0',
      'netns',
      String(this.#pid),
    ]);
    await run(['ip', 'address', 'add', `${HOST_ADDRESS}/30`, 'dev', LINK]);
    await run(['ip', 'link', 'set', 'dev', LINK, 'up']);
    const inside = (...args: string[]) =>
      run(['nsenter', '--target', String(this.#pid), '--net', 'ip', ...args]);
    await inside('link', 'set', 'dev', 'lo', 'up');
    await inside('address', 'add', `${MACHINE_ADDRESS}/30`, 'dev', 'eth0');
    await inside('link', 'set', 'dev', 'eth0', 'up');
  }
}

/** Nothing is mounted there outside of the machine's own mount namespace. */
function removeRoot(root: string): void {
  rmSync(root, { recursive: true, force: true });
}

function groupIsEmpty(group: string): boolean {
  return /^populated 0$/m.test(readFileSync(join(group, 'cgroup.events'), 'utf8'));
}

/** Of tests that were killed; their machines died with them. */
function removeStaleGroups(groups: string): void {
  for (const name of readdirSync(groups).filter(entry => entry.startsWith(GROUP))) {
    const isOurs = existsSync(`/proc/${name.slice(GROUP.length)}`);
    if (!isOurs && groupIsEmpty(join(groups, name))) removeGroups(join(groups, name));
  }
}

/** Those that its systemd made, innermost first. */
function removeGroups(group: string): void {
  for (const entry of readdirSync(group, { withFileTypes: true })) {
    if (entry.isDirectory()) removeGroups(join(group, entry.name));
  }
  rmdirSync(group);
}
