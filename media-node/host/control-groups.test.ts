import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { makeGroup, removeGroup, shareOut, writeValue } from './control-groups.ts';
import { controlGroups, gameAllowance, openResourceLimits } from './resource-limits.ts';

/**
 * The kernel's own cgroup v2, mounted for these tests wherever the machine has its groups: it can be beside v1 (the hybrid layout), which
 * then keeps most controllers. What the limits are set to is held by resource-limits.test.ts, that v1's hold by sandbox.test.ts.
 */

const NAME = `nearcade-${process.pid}-slot0`;
/** Above the kernel's largest pid: a node that is no more. */
const LEFT = 'nearcade-99999999-slot0';

const NEEDS = gameAllowance({ memoryMb: 100, cpu: 1, diskMb: 10 });

let root: string;
let base: string;
const children: ChildProcess[] = [];

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'nearcade-cgroup2-'));
  execFileSync('mount', ['-t', 'cgroup2', 'none', root]);
  base = join(root, `nearcade-test-${process.pid}`);
});
afterAll(() => {
  execFileSync('umount', [root]);
  rmdirSync(root);
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const group of [NAME, LEFT, 'leaf']) await removeGroup(join(base, group));
  await removeGroup(base);
});

function sleeper(group: string): number {
  const child = spawn('sleep', ['600'], { stdio: 'ignore' });
  children.push(child);
  writeValue(group, 'cgroup.procs', child.pid ?? 0);
  return child.pid ?? 0;
}

const membersOf = (group: string) =>
  readFileSync(join(group, 'cgroup.procs'), 'utf8').trim().split('\n').filter(Boolean).map(Number);

it('goes once nothing runs in it any more, and takes along what nodes left that are no more', async () => {
  mkdirSync(join(base, LEFT), { recursive: true });
  const group = makeGroup(base, NAME);
  expect(existsSync(join(base, LEFT))).toBe(false);
  const pid = sleeper(group);
  expect(membersOf(group)).toEqual([pid]);
  // Held by what runs in it.
  expect(() => rmdirSync(group)).toThrow(/EBUSY/);
  const removed = removeGroup(group);
  process.kill(pid, 'SIGKILL');
  await removed;
  expect(existsSync(group)).toBe(false);
});

it('shares out what it has only when it has stepped into a leaf, as the kernel wants it', () => {
  mkdirSync(base, { recursive: true });
  const [controller] = readFileSync(join(root, 'cgroup.controllers'), 'utf8').trim().split(/\s+/);
  const shared = readFileSync(join(root, 'cgroup.subtree_control'), 'utf8');
  writeValue(root, 'cgroup.subtree_control', `+${controller}`);
  try {
    const pid = sleeper(base);
    // The rule of no internal processes.
    expect(() => writeValue(base, 'cgroup.subtree_control', `+${controller}`)).toThrow(/EBUSY/);
    shareOut(base, 'leaf', 10_000, [controller ?? '']);
    expect(membersOf(base)).toEqual([]);
    expect(membersOf(join(base, 'leaf'))).toEqual([pid]);
    expect(readFileSync(join(base, 'cgroup.subtree_control'), 'utf8')).toContain(controller);
    // Done once.
    shareOut(base, 'leaf', 10_000, [controller ?? '']);
  } finally {
    if (existsSync(join(base, 'cgroup.subtree_control'))) {
      writeValue(base, 'cgroup.subtree_control', `-${controller}`);
    }
    if (!shared.includes(controller ?? '')) writeValue(root, 'cgroup.subtree_control', `-${controller}`);
  }
});

it('has a program and what it forks in it from the first instruction on', async () => {
  mkdirSync(base, { recursive: true });
  const limits = controlGroups([makeGroup(base, NAME)], NEEDS);
  const [program = '', ...args] = limits.enter([
    'sh',
    '-c',
    'cat /proc/self/cgroup; (cat /proc/self/cgroup)',
  ]);
  const groups = execFileSync(program, args, { encoding: 'utf8' }).match(/^0::.*$/gm);
  expect(groups).toEqual(Array(2).fill(`0::${base.slice(root.length)}/${NAME}`));
  expect(limits.ranOutOfMemory()).toBe(false);
  await limits.close();
  expect(existsSync(join(base, NAME))).toBe(false);
});

it('says that only process limits hold where the controllers are bound elsewhere', () => {
  const offered = readFileSync(join(root, 'cgroup.controllers'), 'utf8').split(/\s+/);
  const said: string[] = [];
  const log = pino({ level: 'warn' }, { write: line => said.push(line) });
  const limits = openResourceLimits(NAME, NEEDS, log, root, '0::/\n');
  const hasAll = ['memory', 'pids', 'cpu'].every(controller => offered.includes(controller));
  expect(said.length).toBe(hasAll ? 0 : 1);
  expect(limits.enter(['true'])[0]).toBe(hasAll ? '/bin/sh' : 'prlimit');
  rmdirIfThere(join(root, NAME));
});

function rmdirIfThere(group: string): void {
  if (existsSync(group)) rmdirSync(group);
}
