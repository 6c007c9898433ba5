import { describe, expect, it } from 'vitest';
import { backAfter, longestFreeze } from './shown-frames.ts';

const steady = (from: number, to: number, step = 16) =>
  Array.from({ length: Math.ceil((to - from) / step) }, (_, i) => from + i * step);

describe('the longest freeze', () => {
  it('counts from the beginning and to the end of what is looked at', () => {
    expect(longestFreeze([100, 120, 180], 90, 200)).toBe(60);
    expect(longestFreeze([100, 120], 0, 130)).toBe(100);
    expect(longestFreeze([10, 20], 0, 500)).toBe(480);
    expect(longestFreeze([], 0, 500)).toBe(500);
  });
});

describe('the picture after a cut', () => {
  it('is back with the first of those that keep coming', () => {
    expect(backAfter(steady(0, 500).concat(steady(3000, 5000)), 2500)).toBe(500);
  });

  it('is not back with one that then stands still', () => {
    expect(backAfter([2600, ...steady(3000, 5000)], 2500)).toBe(500);
  });

  it('never is when nothing comes', () => {
    expect(backAfter(steady(0, 2000), 2500)).toBeNull();
    expect(backAfter([2600, 2700], 2500)).toBeNull();
  });
});
