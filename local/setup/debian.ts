import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { packagesOf } from '#media-node/image/packages.mjs';
import { NearcadeError } from '#shared/errors.ts';
import { runCommand, type SetupContext } from './command.ts';
import { INSTALL_SCRIPT } from './image-part.ts';

/** How long a stopped apt may take to finish the package in hand. */
const APT_STOP_MS = 20_000;

/** dpkg-query(1): one line a package, its name and its three words of status. */
const STATUS_FORMAT = `${['Package', 'Status'].map(field => `\${${field}}`).join(' ')}\\n`;

/** Every Debian package that the platform needs; `extra` comes from a benchmark. */
export function wantedPackages(extra: readonly string[], forTests: boolean): string[] {
  const listed = packagesOf(['node', 'build', 'games', 'local', ...(forTests ? ['test'] : [])]);
  return [...new Set([...listed, ...extra])].sort();
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

/** Installs packages as a node's machine does, as root or through sudo; where neither is there, throws with the one line to run. */
export async function installPackages(context: SetupContext, names: readonly string[]): Promise<void> {
  const { prefix, interactive } = rootPrefix(names);
  const [program = '', ...args] = [...prefix, 'bash', INSTALL_SCRIPT, '--parts', 'packages', ...names];
  await runCommand(context, {
    name: 'debian-packages',
    command: program,
    args,
    foreground: interactive,
    // The script has apt-get finish the package in hand on SIGINT.
    stop: { stopSignal: 'SIGINT', stopTimeoutMs: APT_STOP_MS },
    // sudo runs as root: we may not signal it ourselves, and it hands the signal on.
    onAbort: child => {
      if (prefix.length > 0)
        spawnSync('sudo', ['-n', 'kill', '-INT', String(child.pid)], { stdio: 'ignore' });
    },
  });
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
