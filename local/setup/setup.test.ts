import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NEARCADE_DIR } from '../paths.ts';
import { Supervisor } from '../supervise/supervisor.ts';
import { runCommand, type SetupContext } from './command.ts';
import { missingPackages, wantedPackages } from './debian.ts';
import { stampOf } from './stamp.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'nearcade-setup-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('Debian packages', () => {
  it('are collected from every list, each once, and looked up', () => {
    const wanted = wantedPackages(['xvfb', 'bash'], true);
    expect(wanted).toEqual([...new Set(wanted)].sort());
    expect(wanted).toEqual(
      expect.arrayContaining(['bash', 'chromium', 'libsrtp2-dev', 'libx264-dev', 'xvfb']),
    );
    expect(missingPackages(['bash', 'no-such-package-of-debian'])).toEqual(['no-such-package-of-debian']);
  });
});

describe('a stamp', () => {
  const name = `test-${process.pid}`;
  afterEach(() => rmSync(join(NEARCADE_DIR, 'build', `${name}.inputs`), { force: true }));

  it('is current until an input changes, and not after a build that failed', async () => {
    const file = join(dir, 'source');
    writeFileSync(file, 'one');
    const stamp = stampOf(name, [dir, join(dir, 'missing')]);
    expect(stamp.isCurrent()).toBe(false);
    await stamp.around(async () => {});
    expect(stamp.isCurrent()).toBe(true);
    writeFileSync(file, 'two');
    expect(stamp.isCurrent()).toBe(false);
    await expect(stamp.around(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(stamp.isCurrent()).toBe(false);
  });
});

describe('runCommand', () => {
  async function run(script: string, signal: AbortSignal): Promise<void> {
    const supervisor = new Supervisor(join(dir, 'run.json'));
    const context: SetupContext = { supervisor, signal, doing: () => '' };
    const name = `test-${process.pid}`;
    try {
      await runCommand(context, { name, command: 'sh', args: ['-c', script], cwd: dir });
    } finally {
      await supervisor.close();
      rmSync(join(NEARCADE_DIR, 'logs', `setup-${name}.log`), { force: true });
    }
  }

  it('shows the end of the log of a command that failed', async () => {
    await expect(run('echo what went wrong; exit 3', new AbortController().signal)).rejects.toThrow(
      /ended with code 3\..*\nwhat went wrong$/s,
    );
  });

  it('ends the command when the set-up is stopped', async () => {
    const stop = AbortSignal.timeout(200);
    await expect(run('sleep 60 & sleep 60', stop)).rejects.toThrow('timeout');
  });
});
