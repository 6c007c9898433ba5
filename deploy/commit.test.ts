import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readRelease } from './commit.ts';

let clone: string;
const git = (...args: string[]) => execFileSync('git', ['-C', clone, ...args], { encoding: 'utf8' }).trim();
beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), 'nearcade-commit-'));
  git('init', '--quiet');
  const who = ['-c', 'user.name=test', '-c', 'user.email=test@example.com'];
  git(...who, 'commit', '--quiet', '--allow-empty', '--message', 'The first release');
  vi.stubEnv('GIT_DIR', join(clone, '.git'));
  vi.stubEnv('GIT_WORK_TREE', clone);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(clone, { recursive: true });
});

describe('what is deployed', () => {
  it('is a commit that was pushed, called by version and commit', () => {
    git('update-ref', 'refs/remotes/origin/main', 'HEAD');
    const commit = git('rev-parse', 'HEAD');
    expect(readRelease()).toEqual({
      version: expect.stringMatching(new RegExp(`^\\d+\\.\\d+\\.\\d+\\+${commit.slice(0, 12)}$`)),
      commit,
      subject: 'The first release',
    });
  });

  it('is not a commit that nobody else has', () => {
    expect(() => readRelease()).toThrow(
      expect.objectContaining({ code: 'deploy_refused', message: expect.stringContaining('not pushed') }),
    );
  });

  it('is not a clone with changes', () => {
    git('update-ref', 'refs/remotes/origin/main', 'HEAD');
    writeFileSync(join(clone, 'new.ts'), '');
    expect(() => readRelease()).toThrow(
      expect.objectContaining({ code: 'deploy_refused', message: expect.stringContaining('not committed') }),
    );
  });
});
