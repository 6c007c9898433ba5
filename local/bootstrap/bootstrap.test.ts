import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ROOT } from '../paths.ts';
import { packagesAreInstalled } from './packages.mjs';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'nearcade-bootstrap-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('packagesAreInstalled', () => {
  const a = { version: '1.0.0', integrity: 'sha512-a' };
  const lock = { '': { name: 'x' }, 'node_modules/a': a, 'node_modules/b': { ...a, optional: true } };

  function write(installed: object | undefined): void {
    writeFileSync(join(dir, 'package-lock.json'), JSON.stringify({ packages: lock }));
    mkdirSync(join(dir, 'node_modules'));
    const file = join(dir, 'node_modules', '.package-lock.json');
    if (installed !== undefined) writeFileSync(file, JSON.stringify({ packages: installed }));
  }

  it.each([
    ['all that is needed', { 'node_modules/a': a }, true],
    ['something more', { 'node_modules/a': a, 'node_modules/c': a }, true],
    ['another version', { 'node_modules/a': { ...a, version: '1.0.1' } }, false],
    ['other contents', { 'node_modules/a': { ...a, integrity: 'sha512-z' } }, false],
    ['one missing', { 'node_modules/b': { ...a, optional: true } }, false],
    ['an installation that was cut off', undefined, false],
  ])('%s', (_, installed, expected) => {
    write(installed);
    expect(packagesAreInstalled(dir)).toBe(expected);
  });

  it('holds for this clone', () => {
    expect(packagesAreInstalled(ROOT)).toBe(true);
  });
});

describe('run', () => {
  /** A process that runs `script` in sh through the bootstrap's `run` and exits with its code. */
  function start(script: string, options = ''): { process: ChildProcess; code: Promise<number | null> } {
    const program = `
      import { run } from ${JSON.stringify(join(ROOT, 'local', 'bootstrap', 'run.mjs'))};
      process.exitCode = (await run('sh', ['-c', ${JSON.stringify(script)}], { cwd: ${JSON.stringify(dir)}, ${options} })).code;`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: 'ignore',
    });
    return { process: child, code: new Promise(resolve => child.once('exit', resolve)) };
  }

  const appears = async (file: string) => {
    while (!existsSync(join(dir, file))) await new Promise(resolve => setTimeout(resolve, 20));
  };

  it('hands back the exit code, also of an end by signal', async () => {
    await expect(start('exit 7').code).resolves.toBe(7);
    await expect(start('kill -TERM $$').code).resolves.toBe(143);
  });

  it('passes signals on', async () => {
    const run = start("trap 'echo got > told; exit 5' INT; touch up; while :; do sleep 0.05; done");
    await appears('up');
    run.process.kill('SIGINT');
    await expect(run.code).resolves.toBe(5);
    expect(readFileSync(join(dir, 'told'), 'utf8')).toBe('got\n');
  });

  it('kills what does not heed a signal, where it is told how long to wait', async () => {
    const run = start("trap '' INT; touch up; while :; do sleep 0.05; done", 'killAfterMs: 100');
    await appears('up');
    run.process.kill('SIGINT');
    await expect(run.code).resolves.toBe(137);
  });

  it('the program is told when the bootstrap is killed', async () => {
    const run = start("trap 'touch told; exit' TERM; touch up; while :; do sleep 0.05; done");
    await appears('up');
    run.process.kill('SIGKILL');
    await appears('told');
  });
});
