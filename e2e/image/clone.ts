import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '#local/paths.ts';
import { run } from './run.ts';

/** Puts into `to` what a clone of this tree would bring: what git knows or would take, and nothing that was installed or built here. */
export async function copyClone(to: string): Promise<void> {
  const listed = await run([
    'git',
    '-C',
    ROOT,
    'ls-files',
    '-z',
    '--cached',
    '--others',
    '--exclude-standard',
  ]);
  // What was removed and not committed yet is listed too.
  const present = listed.split('\0').filter(path => path !== '' && existsSync(join(ROOT, path)));
  mkdirSync(to, { recursive: true });
  const tarball = `${to}.tar`;
  const names = `${present.join('\0')}\0`;
  await run(['tar', '-C', ROOT, '--null', '--verbatim-files-from', '--files-from=-', '-cf', tarball], names);
  await run(['tar', '-C', to, '--no-same-owner', '-xf', tarball]);
  rmSync(tarball);
}
