import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');

export interface Clone {
  readonly folder: string;
  /** Its `origin`, bare. */
  readonly remote: string;
  /** The lint of what operators write, as `npm run deploy` and CI do it; throws with what it says. */
  lint(): void;
  git(...args: string[]): string;
}

/** Who commits; and no settings of this machine's or this user's git, nor variables that lead it to another repository. */
const GIT = {
  GIT_AUTHOR_NAME: 'test',
  GIT_AUTHOR_EMAIL: 'test@example.com',
  GIT_COMMITTER_NAME: 'test',
  GIT_COMMITTER_EMAIL: 'test@example.com',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_SYSTEM: '/dev/null',
} as const;

/** What git is told in a clone, by what runs there. */
export const GIT_ENVIRONMENT: Readonly<Record<string, string>> = GIT;

/**
 * A clone of what this working tree has, changes that are not committed yet included, with an origin that it was pushed to, both in `folder`. It has
 * the npm packages of this one.
 */
export function makeClone(folder: string): Clone {
  const clone = join(folder, 'clone');
  const remote = join(folder, 'origin.git');
  for (const path of filesOf(ROOT)) {
    mkdirSync(join(clone, dirname(path)), { recursive: true });
    cpSync(join(ROOT, path), join(clone, path), { verbatimSymlinks: true });
  }
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: clone, env: { ...process.env, ...GIT }, encoding: 'utf8' }).trim();
  git('init', '--quiet', '--initial-branch=main');
  git('init', '--quiet', '--bare', '--initial-branch=main', remote);
  git('add', '.');
  git('commit', '--quiet', '--message', 'As it was cloned');
  git('remote', 'add', 'origin', remote);
  git('push', '--quiet', '--set-upstream', 'origin', 'main');
  // A folder: .gitignore names one.
  mkdirSync(join(clone, 'node_modules'));
  for (const name of readdirSync(join(ROOT, 'node_modules')))
    symlinkSync(join(ROOT, 'node_modules', name), join(clone, 'node_modules', name));
  const lint = () => {
    execFileSync(join(clone, 'node_modules', '.bin', 'biome'), ['ci', 'environments', 'terraform'], {
      cwd: clone,
      stdio: 'pipe',
    });
  };
  return { folder: clone, remote, git, lint };
}

/** What git has or would take, by its path. */
function filesOf(root: string): string[] {
  // Also where the working tree is another user's, as in a container.
  const list = (...options: string[]) =>
    execFileSync('git', ['-c', 'safe.directory=*', 'ls-files', '-z', ...options], {
      cwd: root,
      encoding: 'utf8',
    }).split('\0');
  const gone = new Set(list('--deleted'));
  return list('--cached', '--others', '--exclude-standard').filter(path => path !== '' && !gone.has(path));
}
