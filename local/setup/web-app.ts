import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, WEB_DIR } from '../paths.ts';
import { runCommand } from './command.ts';
import { stampOf } from './stamp.ts';
import type { Step } from './step.ts';

/** What the built app is made of: node_modules by the lockfile, and the games' pictures. */
const INPUTS = ['edge/web', 'shared', 'games', 'package-lock.json', 'tsconfig.base.json'];

const stamp = stampOf(
  'web',
  INPUTS.map(path => join(ROOT, path)),
);

/** Builds the web app beside its place and moves it there: whoever serves it never sees half of it. */
export const webApp: Step = {
  title: 'web app',
  isDone: () => existsSync(join(WEB_DIR, 'index.html')) && stamp.isCurrent(),
  run: context =>
    stamp.around(async () => {
      const draft = `${WEB_DIR}.new`;
      rmSync(draft, { recursive: true, force: true });
      const vite = join(ROOT, 'node_modules', 'vite', 'bin', 'vite.js');
      await runCommand(context, {
        name: 'web-app',
        command: process.execPath,
        args: [vite, 'build', join(ROOT, 'edge', 'web'), '--outDir', draft, '--emptyOutDir'],
      });
      rmSync(WEB_DIR, { recursive: true, force: true });
      renameSync(draft, WEB_DIR);
    }),
};
