import { describe, expect, it } from 'vitest';
import { daysOf, rangeOf } from './range.ts';

const now = new Date('2026-03-18T10:20:30Z');
const wrong = expect.objectContaining({ code: 'invalid_request' });
const iso = (range: ReturnType<typeof rangeOf>) => [range.from.toISOString(), range.to.toISOString()];

describe('a range', () => {
  it.each([
    ['minute', '2026-03-04T05:06:07Z', '2026-03-04T05:06:00.000Z'],
    ['hour', '2026-03-04T05:06:07Z', '2026-03-04T05:00:00.000Z'],
    ['day', '2026-03-04T05:06:07+09:00', '2026-03-03T00:00:00.000Z'],
    ['week', '2026-03-04T05:06:07Z', '2026-03-02T00:00:00.000Z'],
    ['week', '2026-03-01T05:06:07Z', '2026-02-23T00:00:00.000Z'],
    ['month', '2026-03-04T05:06:07Z', '2026-03-01T00:00:00.000Z'],
  ] as const)('of %s from %s begins %s', (granularity, from, beginning) => {
    const to = new Date(Date.parse(from) + 90_000).toISOString();
    expect(iso(rangeOf({ from, to, granularity }, now))[0]).toBe(beginning);
  });

  it('goes up to the end of this minute by default: two questions within it are the same', () => {
    const later = new Date(now.getTime() + 20_000);
    const first = rangeOf({ granularity: 'day' }, now);
    expect(iso(first)).toEqual(['2026-02-16T00:00:00.000Z', '2026-03-18T10:21:00.000Z']);
    expect(rangeOf({ granularity: 'day' }, later)).toEqual(first);
  });

  it('is neither upside down nor endless', () => {
    const upsideDown = { from: '2026-03-02T00:00:00Z', to: '2026-03-01T00:00:00Z' };
    const endless = { from: '2025-03-01T00:00:00Z', to: '2026-03-01T00:00:00Z' };
    expect(() => rangeOf({ ...upsideDown, granularity: 'day' }, now)).toThrow(wrong);
    expect(() => rangeOf({ ...endless, granularity: 'minute' }, now)).toThrow(wrong);
    expect(rangeOf({ ...endless, granularity: 'day' }, now).granularity).toBe('day');
  });
});

describe('days', () => {
  it('are one at least, and not endless', () => {
    const day = { from: '2026-03-01', to: '2026-03-01' };
    expect(daysOf(day, now)).toEqual(day);
    expect(daysOf({}, now)).toEqual({ from: '2026-02-16', to: '2026-03-18' });
    expect(() => daysOf({ from: '2026-03-02', to: '2026-03-01' }, now)).toThrow(wrong);
    expect(() => daysOf({ from: '2016-03-02', to: '2026-03-01' }, now)).toThrow(wrong);
  });
});
