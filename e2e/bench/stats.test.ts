import { describe, expect, it } from 'vitest';
import { mean, percentile, seededRandom } from './stats.ts';

describe('percentile', () => {
  it('takes the nearest rank, whatever the order', () => {
    const values = [50, 10, 40, 20, 30];
    expect(percentile(values, 0.5)).toBe(30);
    expect(percentile(values, 0.9)).toBe(50);
    expect(percentile(values, 0.2)).toBe(10);
    expect(percentile(values, 0)).toBe(10);
    expect(values).toEqual([50, 10, 40, 20, 30]);
  });

  it('counts what never came as the longest', () => {
    expect(percentile([10, Infinity, 12, Infinity], 0.5)).toBe(12);
    expect(percentile([10, Infinity, 12, Infinity], 0.9)).toBe(Infinity);
  });

  it('is not a number of nothing', () => {
    expect(percentile([], 0.5)).toBeNaN();
    expect(mean([])).toBeNaN();
  });
});

describe('seededRandom', () => {
  it('repeats itself and spreads over 0 to 1', () => {
    const first = seededRandom(7);
    const second = seededRandom(7);
    const values = Array.from({ length: 1000 }, first);
    expect(Array.from({ length: 1000 }, second)).toEqual(values);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThan(1);
    expect(Math.abs(mean(values) - 0.5)).toBeLessThan(0.05);
    expect(seededRandom(8)()).not.toBe(values[0]);
  });
});
