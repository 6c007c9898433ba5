import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { NearcadeError } from '#shared/errors.ts';

/** One package of a lockfile (npm's lockfileVersion 3), as far as its dependencies go; the rest is taken over as it is. */
const entrySchema = z.looseObject({
  dependencies: z.record(z.string(), z.string()).optional(),
  optionalDependencies: z.record(z.string(), z.string()).optional(),
  peerDependencies: z.record(z.string(), z.string()).optional(),
});
const lockSchema = z.looseObject({ packages: z.record(z.string(), entrySchema) });
const manifestSchema = z.looseObject({
  version: z.string(),
  dependencies: z.record(z.string(), z.string()),
});

type Packages = z.infer<typeof lockSchema>['packages'];

/** Static and dynamic imports of our own sources: `from '...'`, `import '...'`, `import('...')`. */
const IMPORT = /(?:^|[\s;}])(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g;

/** What `entries` and all they import need: our own files and npm packages, each sorted. */
export function importsOf(root: string, entries: readonly string[]): { files: string[]; packages: string[] } {
  const seen = new Set<string>();
  const packages = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(IMPORT)) {
      if (name.startsWith('node:')) continue;
      if (name.startsWith('.')) visit(join(dirname(file), name));
      else if (name.startsWith('#')) visit(join(root, name.slice(1)));
      else packages.add(name.split('/', name.startsWith('@') ? 2 : 1).join('/'));
    }
  };
  for (const entry of entries) visit(join(root, entry));
  return { files: [...seen].map(file => relative(root, file)).sort(), packages: [...packages].sort() };
}

/** package.json and package-lock.json of the project with these packages alone, and what those need. */
export function prunedManifests(
  root: string,
  wanted: readonly string[],
): { manifest: Record<string, unknown>; lock: Record<string, unknown> } {
  const manifest = manifestSchema.parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));
  const lock = lockSchema.parse(JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')));
  const dependencies = Object.fromEntries(
    wanted.map(name => {
      const version = manifest.dependencies[name];
      if (version === undefined)
        throw new NearcadeError(
          'setup_failed',
          `A node imports ${name}, which package.json does not depend on`,
        );
      return [name, version];
    }),
  );
  const { devDependencies: _, optionalDependencies: __, scripts: ___, ...kept } = manifest;
  const head = { name: manifest.name, version: manifest.version, dependencies };
  const packages = closure(lock.packages, wanted);
  return {
    manifest: { ...kept, dependencies },
    lock: { ...lock, packages: { '': head, ...packages } },
  };
}

/** Of the lockfile, what is reached from these packages. */
function closure(all: Packages, wanted: readonly string[]): Packages {
  const reached: Packages = {};
  const visit = (path: string): void => {
    const entry = all[path];
    if (entry === undefined || reached[path] !== undefined) return;
    reached[path] = entry;
    const { dependencies, optionalDependencies, peerDependencies } = entry;
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })) {
      const found = placeOf(all, path, name);
      if (found !== undefined) visit(found);
    }
  };
  for (const name of wanted) visit(`node_modules/${name}`);
  return Object.fromEntries(Object.entries(reached).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Where Node finds `name` for the package at `from`: in its own node_modules, else in one further out. Undefined: optional, left out. */
function placeOf(all: Packages, from: string, name: string): string | undefined {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    const place = at === '' ? `node_modules/${name}` : `${at}/node_modules/${name}`;
    if (all[place] !== undefined) return place;
    if (at === '') return undefined;
  }
}
