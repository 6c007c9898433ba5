import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gameAllowance, openResourceLimits } from './resource-limits.ts';

const LOG = pino({ level: 'silent' });
const NEEDS = gameAllowance({ memoryMb: 100, cpu: 0.75, diskMb: 10 });
const NAME = `nearcade-${process.pid}-slot9`;

/** Files laid out as the kernel has them: what is written where is checked here, that it holds in sandbox.test.ts. */
describe('resource limits', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'nearcade-cgroup-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const value = (...path: string[]) => readFileSync(join(root, ...path), 'utf8');

  it('writes cgroup v1 in each hierarchy, inside the own group', () => {
    for (const dir of ['memory/own', 'pids', 'cpu']) mkdirSync(join(root, dir), { recursive: true });
    for (const [dir, file] of [
      ['memory/own', 'memory.limit_in_bytes'],
      ['pids', 'pids.max'],
      ['cpu', 'cpu.cfs_quota_us'],
      ['cpu', 'cpu.shares'],
    ] as const) {
      mkdirSync(join(root, dir, NAME), { recursive: true });
      writeFileSync(join(root, dir, NAME, file), '');
    }
    const limits = openResourceLimits(NAME, NEEDS, LOG, root, '3:memory:/own\n2:cpu,cpuacct:/\n1:pids:/\n');
    expect(value('memory/own', NAME, 'memory.limit_in_bytes')).toBe(String(150 * 1024 * 1024));
    expect(value('pids', NAME, 'pids.max')).toBe('512');
    expect(value('cpu', NAME, 'cpu.cfs_quota_us')).toBe('150000');
    expect(value('cpu', NAME, 'cpu.shares')).toBe('512');
    const started = limits.enter(['game', '--fast']);
    expect(started.slice(4)).toEqual([
      '600',
      join(root, 'memory/own', NAME),
      join(root, 'pids', NAME),
      join(root, 'cpu', NAME),
      '--',
      'game',
      '--fast',
    ]);
  });

  it('writes cgroup v2, stepping into a leaf so that the own group can share out', () => {
    const own = join(root, 'system.slice/nearcade.service');
    mkdirSync(join(own), { recursive: true });
    writeFileSync(join(root, 'cgroup.controllers'), 'cpu memory pids');
    writeFileSync(join(own, 'cgroup.subtree_control'), '');
    writeFileSync(join(own, 'cgroup.controllers'), 'cpu io memory pids');
    writeFileSync(join(own, 'cgroup.procs'), '4242\n');
    mkdirSync(join(own, NAME));
    for (const file of ['memory.swap.max', 'io.weight']) writeFileSync(join(own, NAME, file), '');
    openResourceLimits(NAME, NEEDS, LOG, root, '0::/system.slice/nearcade.service\n');
    const base = 'system.slice/nearcade.service';
    expect(value(base, 'nearcade-node/cgroup.procs')).toBe('4242');
    expect(value(base, 'cgroup.subtree_control')).toBe('+memory +pids +cpu +io');
    // Encoders and SFU come before any game.
    expect(value(base, 'nearcade-node/cpu.weight')).toBe('10000');
    expect(value(base, NAME, 'cpu.weight')).toBe('50');
    expect(value(base, NAME, 'io.weight')).toBe('50');
    expect(value(base, NAME, 'memory.swap.max')).toBe('0');
    expect(value(base, NAME, 'memory.oom.group')).toBe('1');
    expect(value(base, NAME, 'memory.max')).toBe(String(150 * 1024 * 1024));
    expect(value(base, NAME, 'pids.max')).toBe('512');
    expect(value(base, NAME, 'cpu.max')).toBe('150000 100000');
    // The next game, now from inside the leaf, comes to the same place.
    writeFileSync(join(own, 'cgroup.subtree_control'), 'cpu memory pids');
    openResourceLimits(`${NAME}8`, NEEDS, LOG, root, `0::/${base}/nearcade-node\n`);
    expect(value(base, `${NAME}8`, 'pids.max')).toBe('512');
  });

  it('starts a program that is in every group from its first instruction on', () => {
    for (const group of ['memory', 'pids', 'cpu']) mkdirSync(join(root, group), { recursive: true });
    const limits = openResourceLimits(NAME, NEEDS, LOG, root, '');
    const [program = '', ...args] = limits.enter(['sh', '-c', 'echo $$']);
    const pid = execFileSync(program, args, { encoding: 'utf8' });
    for (const group of ['memory', 'pids', 'cpu']) expect(value(group, NAME, 'cgroup.procs')).toBe(pid);
    const [, ...score] = limits.enter(['cat', '/proc/self/oom_score_adj']);
    expect(execFileSync(program, score, { encoding: 'utf8' })).toBe('600\n');
  });

  it('removes what is done, and what nodes that are no more left', async () => {
    for (const group of ['memory', 'pids', 'cpu']) mkdirSync(join(root, group), { recursive: true });
    // Above the kernel's largest pid: never alive.
    for (const left of ['slot0', 'slot0-desktop']) mkdirSync(join(root, 'pids', `nearcade-99999999-${left}`));
    const limits = openResourceLimits(NAME, NEEDS, LOG, root, '');
    expect(readdirSync(join(root, 'pids'))).toEqual([NAME]);
    await limits.close();
    expect(existsSync(join(root, 'pids', NAME))).toBe(false);
  });

  it('falls back to limits of the process', () => {
    const limits = openResourceLimits(NAME, NEEDS, LOG, join(root, 'nowhere'), '');
    const [program = '', ...args] = limits.enter(['sh', '-c', 'ulimit -d']);
    expect(execFileSync(program, args, { encoding: 'utf8' }).trim()).toBe(String(150 * 1024));
  });
});
