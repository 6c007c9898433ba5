import { spawnSync } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { NearcadeError } from '#shared/errors.ts';

/** The Debian packages whose libraries these programs are linked with (ldd(1), dpkg-query(1)), sorted. */
export function packagesOfLibraries(programs: readonly string[]): string[] {
  const libraries = new Set(programs.flatMap(librariesOf));
  return [...new Set([...libraries].map(packageOf))].sort();
}

function librariesOf(program: string): string[] {
  const text = output('ldd', [program]);
  const missing = /^\s*(\S+) => not found/m.exec(text)?.[1];
  if (missing !== undefined)
    throw new NearcadeError('setup_failed', `${program} is linked with ${missing}, which is not here`);
  return [...text.matchAll(/=> (\/\S+)/g)].map(match => match[1] ?? '');
}

/** dpkg knows a library by the path in its package, which may be from before /lib was a link to /usr/lib. */
function packageOf(library: string): string {
  const path = realpathSync(library);
  for (const known of [path, path.replace(/^\/usr/, ''), library, `/usr${library}`]) {
    const { stdout, status } = spawnSync('dpkg-query', ['-S', known], { encoding: 'utf8' });
    const name = /^([^:,]+)/.exec(stdout)?.[1];
    if (status === 0 && name !== undefined) return name;
  }
  throw new NearcadeError('setup_failed', `No Debian package has ${library}`);
}

function output(command: string, args: readonly string[]): string {
  const { stdout, status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new NearcadeError('setup_failed', `${command} ${args.join(' ')}: ${stderr}`);
  return stdout;
}
