import { describe, expect, it } from 'vitest';
import { judge } from './marks.ts';
import type { Measurement } from './measure.ts';
import { type Cell, formatTable } from './table.ts';

const measurement = (figures: Partial<Measurement>): Measurement => ({
  n: 4,
  p50: 40,
  p90: 60,
  p99: 80,
  misses: 0,
  pressesMs: [],
  fps: 60,
  jitterBufferMs: null,
  decodeMs: null,
  mbit: null,
  packetsLost: null,
  droppedFrames: null,
  codec: null,
  serverCpuPerMinute: 20,
  firstFrameColdMs: 900,
  firstFrameWarmMs: 400,
  floor: null,
  samplingMs: 0.2,
  copyingMs: 0.3,
  ...figures,
});
const cell = (target: string, figures: Partial<Measurement>, scene = 'busy', link = 'none'): Cell => {
  return { link, scene, target, measurement: measurement(figures) };
};

describe('formatTable', () => {
  it("puts the ratio to the reference beside Nearcade's figures, of the same scene and link", () => {
    const table = formatTable([
      cell('nearcade', { p50: 30, jitterBufferMs: 1.25, p99: Infinity }),
      cell('novnc', { p50: 40 }),
      cell('novnc', { p50: 100 }, 'scroll'),
    ]).split('\n');
    expect(table[2]).toMatch(
      /^none\s+busy\s+nearcade\s+30 \(0\.75\)\s+60 \(1\.00\)\s+never\s+-\s+0\s+60 \(1\.00\)\s+1\.3/,
    );
    expect(table[3]).toMatch(/^none\s+busy\s+novnc\s+40\s+60\s+80\s+-\s+0\s+60\s+-/);
    expect(table[3]).not.toContain('(');
  });

  it('tells why a target has no figures', () => {
    const table = formatTable([{ link: 'none', scene: 'busy', target: 'xpra', error: 'it did not start' }]);
    expect(table).toContain('failed');
    expect(table).toContain('none busy xpra: it did not start');
  });
});

describe('judge', () => {
  const good = [
    cell('nearcade', { p50: 40 }),
    cell('novnc', { p50: 40 }),
    cell('nearcade', { p50: 25, firstFrameWarmMs: 700 }, 'scroll'),
    cell('novnc', { p50: 100 }, 'scroll'),
    cell('nearcade', {}, 'busy', 'wan-1'),
  ];

  it('takes what reaches the marks', () => {
    expect(judge(good).map(({ value, ok }) => [value, ok])).toEqual([
      [1, true],
      [0.25, true],
      [0, true],
      [700, true],
    ]);
  });

  it('refuses what misses one, and what was not measured', () => {
    const bad = [
      cell('nearcade', { p50: 41 }),
      cell('novnc', { p50: 40 }),
      cell('nearcade', {}, 'scroll'),
      cell('nearcade', { misses: 1 }, 'busy', 'wan-1'),
      { link: 'none', scene: 'still', target: 'nearcade', error: 'no picture' },
    ];
    expect(judge(bad).map(({ value, ok }) => [value, ok])).toEqual([
      [1.025, false],
      [null, false],
      [1, false],
      [null, false],
    ]);
  });

  it('leaves out what was not asked for', () => {
    expect(judge([cell('novnc', {})])).toEqual([]);
  });
});
