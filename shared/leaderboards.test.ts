import { describe, expect, it } from 'vitest';
import { periodKey } from './leaderboards.ts';

describe('periods of leaderboards', () => {
  it.each([
    ['2026-11-21T23:59:59Z', 'day:2026-11-21', 'week:2026-W47'],
    ['2027-01-03T12:00:00Z', 'day:2027-01-03', 'week:2026-W53'],
    ['2027-01-04T00:00:00Z', 'day:2027-01-04', 'week:2027-W01'],
    ['2024-12-30T00:00:00Z', 'day:2024-12-30', 'week:2025-W01'],
    ['2023-01-01T00:00:00Z', 'day:2023-01-01', 'week:2022-W52'],
  ])('of %s are %s and %s', (at, day, week) => {
    expect(periodKey('day', new Date(at))).toBe(day);
    expect(periodKey('week', new Date(at))).toBe(week);
    expect(periodKey('all', new Date(at))).toBe('all');
  });
});
