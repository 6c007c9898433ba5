import { spawnSync } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { NearcadeError } from '#shared/errors.ts';

/** The Debian packages whose libraries these programs are linked with (ldd(1), dpkg-query(1)), sorted. */
export function packagesOfLibraries(programs: readonly string[]): string[] {
  const libraries = [...new Set(programs.flatMap(librariesOf))];
  const owners = ownersOf(libraries.flatMap(placesOf));
  const names = libraries.map(library => {
    const owner = placesOf(library)
      .map(place => owners.get(place))
      .find(name => name !== undefined);
    if (owner === undefined) throw new NearcadeError('setup_failed', `No Debian package has ${library}`);
    return owner;
  });
  return [...new Set(names)].sort();
}

function librariesOf(program: string): string[] {
  const { stdout, stderr, status } = spawnSync('ldd', [program], { encoding: 'utf8' });
  if (status !== 0) throw new NearcadeError('setup_failed', `ldd ${program}: ${stderr}`);
  const missing = /^\s*(\S+) => not found/m.exec(stdout)?.[1];
  if (missing !== undefined)
    throw new NearcadeError('setup_failed', `${program} is linked with ${missing}, which is not here`);
  return [...stdout.matchAll(/=> (\/\S+)/g)].map(match => match[1] ?? '');
}

/** dpkg knows a library by the path in its package, which may be from before /lib was a link to /usr/lib. */
function placesOf(library: string): string[] {
  const path = realpathSync(library);
  return [path, path.replace(/^\/usr/, ''), library, `/usr${library}`];
}

/** dpkg-query -S in one go, since each takes a third of a second; it fails when it does not know one of many. */
function ownersOf(paths: readonly string[]): Map<string, string> {
  const { stdout } = spawnSync('dpkg-query', ['-S', ...new Set(paths)], { encoding: 'utf8' });
  return new Map(
    [...stdout.matchAll(/^([^:,\s]+)[^\n]*?: (\/\S+)$/gm)].map(match => [match[2] ?? '', match[1] ?? '']),
  );
}
