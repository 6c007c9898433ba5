import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NearcadeError } from '#shared/errors.ts';
import { ROOT } from '../paths.ts';
import { runCommand, type SetupContext } from './command.ts';

/** What the platform runs, besides what its native parts are built with and the games themselves. */
const BASE = [
  'bubblewrap',
  'ca-certificates',
  'nftables',
  'pulseaudio',
  'redis-tools',
  'slirp4netns',
  'util-linux',
  'x11-xkb-utils',
  'xauth',
  'xvfb',
];

/** What the tests need as well: a browser, X clients to look from outside, the emulated link's tools, and who issues and gets certificates. */
const TEST = [
  'caddy',
  'chromium',
  'curl',
  'ethtool',
  'fonts-dejavu-core',
  'iproute2',
  'jq',
  'pebble',
  'procps',
  'x11-utils',
];

/** One package name a line. */
const LISTS = ['media-node/sfu/worker-build/packages.txt', 'media-node/encode/native/packages.txt'];
const TEST_LISTS = ['media-node/encode/native/packages-test.txt'];

/** How long apt waits for another apt on this machine, in seconds. */
const LOCK_TIMEOUT_S = 600;

/** How long a stopped apt may take to finish the package in hand. */
const APT_STOP_MS = 20_000;

/** dpkg-query(1): one line a package, its name and its three words of status. */
const STATUS_FORMAT = `${['Package', 'Status'].map(field => `\${${field}}`).join(' ')}\\n`;

/** Every Debian package that the platform needs; `extra` comes from the games. */
export function wantedPackages(extra: readonly string[], forTests: boolean): string[] {
  const lists = forTests ? [...LISTS, ...TEST_LISTS] : LISTS;
  const listed = lists
    .map(list => join(ROOT, list))
    .filter(existsSync)
    .flatMap(path => readFileSync(path, 'utf8').split(/\s+/));
  const names = [...BASE, ...listed, ...extra, ...(forTests ? TEST : [])];
  return [...new Set(names.filter(name => name !== ''))].sort();
}

/** Those that are not installed. Throws `setup_failed` where there is no dpkg. */
export function missingPackages(names: readonly string[]): string[] {
  const query = spawnSync('dpkg-query', ['-W', '-f', STATUS_FORMAT, ...names], {
    encoding: 'utf8',
  });
  if (query.error !== undefined) {
    throw new NearcadeError(
      'setup_failed',
      `This machine has no dpkg: Nearcade sets itself up on Debian 12 or newer. It needs ${names.join(', ')}.`,
    );
  }
  const installed = new Set(
    query.stdout
      .split('\n')
      .filter(line => line.endsWith(' install ok installed'))
      .map(line => line.split(' ')[0]),
  );
  return names.filter(name => !installed.has(name));
}

/** Installs packages by apt-get as root, or through sudo; where neither is there, throws with the one line to run. */
export async function installPackages(context: SetupContext, names: readonly string[]): Promise<void> {
  const become = rootPrefix(names);
  await repairDpkg(context, become);
  const options = ['-q', '-y', '-o', `DPkg::Lock::Timeout=${LOCK_TIMEOUT_S}`];
  // Lists that can't be renewed may still do: the installation will say if not.
  await apt(context, become, 'apt-update', ['apt-get', ...options, 'update']).catch((error: unknown) => {
    context.signal.throwIfAborted();
    if (!(error instanceof NearcadeError)) throw error;
  });
  const install = ['apt-get', ...options, 'install', '--no-install-recommends', ...names];
  await apt(context, become, 'apt-install', install);
}

/** What goes before a command to run it as root. */
interface Become {
  prefix: readonly string[];
  /** sudo will ask for a password on the terminal. */
  interactive: boolean;
}

function rootPrefix(names: readonly string[]): Become {
  if (process.getuid?.() === 0) return { prefix: [], interactive: false };
  if (spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0) {
    return { prefix: ['sudo', '-n'], interactive: false };
  }
  if (existsSync('/usr/bin/sudo') && process.stdin.isTTY && process.env.CI === undefined) {
    return { prefix: ['sudo'], interactive: true };
  }
  throw new NearcadeError(
    'setup_failed',
    `Debian packages are missing. Run this as root, then start again:\n  ${aptLine(names)}`,
  );
}

/** The line that a person runs where we can't become root. */
export function aptLine(names: readonly string[]): string {
  return `apt-get update && apt-get install --no-install-recommends ${names.join(' ')}`;
}

/** A dpkg that was cut off in an earlier run has to finish first, or apt refuses to do anything. */
async function repairDpkg(context: SetupContext, become: Become): Promise<void> {
  const audit = spawnSync('dpkg', ['--audit'], { encoding: 'utf8' });
  if (audit.stdout.trim() !== '') await apt(context, become, 'dpkg-configure', ['dpkg', '--configure', '-a']);
}

async function apt(
  context: SetupContext,
  become: Become,
  name: string,
  command: readonly string[],
): Promise<void> {
  const [program = '', ...args] = [
    ...become.prefix,
    'env',
    'DEBIAN_FRONTEND=noninteractive',
    'NEEDRESTART_SUSPEND=1',
    ...command,
  ];
  await runCommand(context, {
    name,
    command: program,
    args,
    foreground: become.interactive,
    // apt-get finishes the package in hand on SIGINT.
    stop: { stopSignal: 'SIGINT', stopTimeoutMs: APT_STOP_MS },
    // sudo runs as root: we may not signal it ourselves, and it hands the signal on.
    onAbort: child => {
      if (become.prefix.length > 0)
        spawnSync('sudo', ['-n', 'kill', '-INT', String(child.pid)], { stdio: 'ignore' });
    },
  });
}
