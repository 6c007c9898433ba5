import { describe, expect, it } from 'vitest';
import { dropMarks, isReached, pressMarks, soundMarks } from './marks.ts';

const cell = (link: string, scene: string, target: string, p50: number, p90: number, p99 = p90) => ({
  link,
  scene,
  target,
  measurement: { p50, p90, p99, misses: 0, firstFrameWarmMs: 300 },
});

describe('the marks of the media node', () => {
  it('compare with noVNC in the same run, and a lossy link with the same without loss', () => {
    const marks = pressMarks({
      cells: [
        cell('none', 'still', 'nearcade', 12, 19),
        cell('none', 'still', 'novnc', 24, 30),
        cell('wan-1', 'still', 'nearcade', 37, 42, 120),
      ],
    });
    const of = (name: string) => marks.find(mark => mark.name === name);
    expect(of("press to pixel, still: p50 over noVNC's")?.value).toBe(0.5);
    expect(of('wan-1, still: p90 over 1.2 p90 unimpaired + round trip')?.value).toBeCloseTo(42 / 42.8);
    const tail = of('wan-1, still: p99 over p50');
    expect(tail !== undefined && isReached(tail)).toBe(false);
    expect(of("press to pixel, scroll: p50 over noVNC's")?.value).toBeNull();
  });

  it('are not reached by what was not measured', () => {
    expect(isReached({ name: '', value: null, most: 1, unit: 'ratio' })).toBe(false);
    expect(isReached({ name: '', value: 0.79, least: 0.8, unit: 'part' })).toBe(false);
  });

  it('know freezes, the use of a narrow link and missing sound', () => {
    const result = {
      before: { p50: 40 },
      drop: { p50: 90, longestFreezeMs: 300 },
      settled: { p50: 50, mbit: 2.5 },
      recovered: { p50: 41, mbit: 6 },
    };
    expect(dropMarks(result).map(isReached)).toEqual([true, true, true, true]);
    const sound = { pixelP50: 18, beepP50: 74, missedBeeps: 0, seconds: 600, gaps: 1, concealedMs: 10 };
    expect(soundMarks(sound).map(isReached)).toEqual([true, false]);
  });
});
