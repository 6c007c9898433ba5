import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { CpuMeter, type ProcessTimes, parseStat } from './cpu.ts';

const process1 = (pid: number, parent: number, own: number, reaped = 0): ProcessTimes => {
  return { pid, parent, own, reaped, startTime: '1' };
};

describe('parseStat', () => {
  it('reads past a name with spaces and parentheses', () => {
    const text =
      '42 (a (b) c) S 7 42 42 0 -1 4194304 100 200 0 0 11 22 33 44 20 0 1 0 987654 1000 10 18446744073709551615';
    expect(parseStat(text)).toEqual({ pid: 42, parent: 7, startTime: '987654', own: 33, reaped: 77 });
  });
});

describe('CpuMeter', () => {
  function meterOver(looks: ProcessTimes[][]) {
    let at = 0;
    return new CpuMeter([10], () => looks[Math.min(at++, looks.length - 1)] ?? []);
  }

  it('adds up a tree and leaves out what is not of it', () => {
    const before = [process1(1, 0, 500), process1(10, 1, 100), process1(11, 10, 50), process1(12, 11, 0)];
    const after = [process1(1, 0, 900), process1(10, 1, 150), process1(11, 10, 80), process1(12, 11, 20)];
    expect(meterOver([before, after]).seconds()).toBe(1);
  });

  it('counts a child that came and went between two looks, once', () => {
    const before = [process1(10, 1, 100)];
    const after = [process1(10, 1, 100, 300)];
    expect(meterOver([before, after]).seconds()).toBe(3);
    const during = [process1(10, 1, 100), process1(11, 10, 200)];
    const meter = meterOver([before, during, after]);
    expect(meter.seconds()).toBe(2);
    expect(meter.seconds()).toBe(3);
  });

  it('keeps what a child had used that nobody waited for', () => {
    const meter = meterOver([
      [process1(10, 1, 100)],
      [process1(10, 1, 100), process1(11, 10, 200)],
      [process1(10, 1, 130)],
    ]);
    expect(meter.seconds()).toBe(2);
    expect(meter.seconds()).toBeCloseTo(2, 5);
  });

  it('goes on counting a child that was given to another parent', () => {
    const meter = meterOver([
      [process1(10, 1, 100), process1(11, 10, 0)],
      [process1(10, 1, 100), process1(11, 1, 400)],
    ]);
    expect(meter.seconds()).toBe(4);
  });

  it('sees the work of real processes, also of those that have ended', async () => {
    const busy = 'i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done';
    const shell = spawn('sh', ['-c', `read go; sh -c '${busy}'; read end`], {
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    await once(shell, 'spawn');
    const meter = new CpuMeter([shell.pid ?? 0]);
    shell.stdin.write('\n');
    await expect.poll(() => meter.seconds(), { timeout: 20_000, interval: 100 }).toBeGreaterThan(0.1);
    shell.stdin.end('\n');
    await once(shell, 'exit');
    // Work elsewhere is not counted.
    const other = new CpuMeter([shell.pid ?? 0]);
    spawnSync('sh', ['-c', busy]);
    expect(other.seconds()).toBe(0);
  });
});
