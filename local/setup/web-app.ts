import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NEARCADE_DIR, ROOT, WEB_DIR } from '../paths.ts';
import { runCommand, type SetupContext } from './command.ts';
import { hashTree } from './hash-tree.ts';

const STAMP = join(NEARCADE_DIR, 'web.inputs');

/** What the built app is made of: also the games' pictures; node_modules by the lockfile. */
const INPUTS = ['edge/web', 'games', 'shared', 'package-lock.json', 'tsconfig.base.json'].map(path =>
  join(ROOT, path),
);

/** Whether the built web app is of the sources that are there now. */
export function isWebAppBuilt(): boolean {
  return (
    existsSync(join(WEB_DIR, 'index.html')) &&
    existsSync(STAMP) &&
    readFileSync(STAMP, 'utf8') === hashTree(INPUTS)
  );
}

/** Builds the web app beside its place and moves it there: whoever serves it never sees half of it. */
export async function buildWebApp(context: SetupContext): Promise<void> {
  if (isWebAppBuilt()) return;
  const inputs = hashTree(INPUTS);
  const draft = `${WEB_DIR}.new`;
  rmSync(draft, { recursive: true, force: true });
  await runCommand(context, {
    name: 'web-app',
    command: process.execPath,
    args: [
      join(ROOT, 'node_modules', 'vite', 'bin', 'vite.js'),
      'build',
      join(ROOT, 'edge', 'web'),
      '--outDir',
      draft,
      '--emptyOutDir',
    ],
  });
  rmSync(WEB_DIR, { recursive: true, force: true });
  renameSync(draft, WEB_DIR);
  writeFileSync(STAMP, inputs);
}
