import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { NearcadeError } from '#shared/errors.ts';

const ROOT = join(import.meta.dirname, '..');

/** Of a commit, in a release's name. */
export const COMMIT_DIGITS = 12;

export interface Release {
  /** package.json's version and the commit: `0.1.0+3aafc0b51f20`, as a release for nodes is called (deploy/release). */
  version: string;
  /** 40 hex digits. */
  commit: string;
  /** The commit's subject. */
  subject: string;
}

/** What this clone would deploy. Throws `deploy_refused` when that is no commit which others can find again. */
export function readRelease(): Release {
  if (git('status', '--porcelain') !== '') {
    throw new NearcadeError(
      'deploy_refused',
      'There are changes that are not committed: commit or remove them.',
    );
  }
  const commit = git('rev-parse', 'HEAD');
  if (git('branch', '--remotes', '--contains', commit) === '') {
    throw new NearcadeError('deploy_refused', `The commit ${commit.slice(0, 7)} was not pushed: git push.`);
  }
  return { version: versionOf(commit), commit, subject: git('log', '-1', '--format=%s') };
}

/** The release that this clone is about, whatever its state: going back uploads nothing of it, and may be in a hurry. */
export function describeClone(): Release {
  try {
    const commit = git('rev-parse', 'HEAD');
    return { version: versionOf(commit), commit, subject: '' };
  } catch {
    return { version: 'a clone without a commit', commit: '', subject: '' };
  }
}

function versionOf(commit: string): string {
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')));
  return `${version}+${commit.slice(0, COMMIT_DIGITS)}`;
}

function git(...args: string[]): string {
  const { status, stdout, stderr } = spawnSync('git', args, { cwd: ROOT, encoding: 'utf8' });
  if (status !== 0) throw new NearcadeError('deploy_refused', `git ${args[0]}: ${stderr.trim()}`);
  return stdout.trim();
}

/** Who deploys, for whoever waits for the lock or reads Cloudflare's list of deployments. */
export const deployer = (): string => `${userInfo().username}@${hostname()}`;
