import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { run } from './run.ts';

/** mmdebstrap(1). minbase: the packages that Debian calls essential, and apt. */
const MMDEBSTRAP = ['mmdebstrap', '--quiet', '--variant=minbase', '--format=tar'];

/** What every virtual machine's disk has beyond that: something that starts it. */
const INIT = ['systemd-sysv', 'dbus'];

const SUITE = 'bookworm';

/** Where what was fetched stays from run to run. */
export function imageCache(): string {
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'nearcade', 'image');
}

/** Unpacks a bare Debian 12 into `root`, which must not exist; the first time it is fetched. */
export async function unpackBareRoot(root: string): Promise<void> {
  const cache = imageCache();
  mkdirSync(cache, { recursive: true });
  const command = [...MMDEBSTRAP, `--include=${INIT.join(',')}`, SUITE];
  const name = `bare-${createHash('sha256').update(command.join(' ')).digest('hex').slice(0, 16)}.tar`;
  const tarball = join(cache, name);
  if (!existsSync(tarball)) {
    for (const old of readdirSync(cache).filter(entry => entry.startsWith('bare-'))) rmSync(join(cache, old));
    await run([...command, `${tarball}.part`]);
    renameSync(`${tarball}.part`, tarball);
  }
  mkdirSync(root, { recursive: true });
  await run(['tar', '-xf', tarball, '-C', root]);
  // It is thrown away: nothing of it needs to be on the disk for sure.
  appendFileSync(join(root, 'etc/dpkg/dpkg.cfg.d/unsafe-io'), 'force-unsafe-io\n');
}
