import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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

it('a command installs the packages that are missing, once, and runs its program', () => {
  const packages = {
    '': { dependencies: { a: 'file:a' } },
    a: { version: '1.0.0' },
    'node_modules/a': { resolved: 'a', link: true },
  };
  mkdirSync(join(dir, 'a'));
  writeFileSync(join(dir, 'package.json'), JSON.stringify(packages['']));
  writeFileSync(join(dir, 'package-lock.json'), JSON.stringify({ lockfileVersion: 3, packages }));
  writeFileSync(join(dir, 'a', 'package.json'), JSON.stringify({ name: 'a', version: '1.0.0' }));
  for (const path of ['local/bootstrap.mjs', 'local/bootstrap', 'media-node/image/install-npm.sh'])
    cpSync(join(ROOT, path), join(dir, path), { recursive: true });
  writeFileSync(join(dir, 'local', 'setup.ts'), "console.log('runs', process.argv[2] satisfies unknown);");
  const run = () =>
    spawnSync(process.execPath, [join(dir, 'local', 'bootstrap.mjs'), 'setup', '--x'], { encoding: 'utf8' });
  const first = run();
  expect([first.status, first.stdout], first.stderr).toEqual([0, 'runs --x\n']);
  expect(first.stderr).toMatch(/Installing the npm packages: done in/);
  expect(packagesAreInstalled(dir)).toBe(true);
  expect(run().stderr).not.toContain('Installing');
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
