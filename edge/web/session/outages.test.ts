import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Outages } from './outages.ts';

const lost = { kind: 'closed', code: 1006, reason: '' } as const;

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe('outages', () => {
  const delay = (outages: Outages) => {
    const step = outages.next(lost);
    if (step.kind !== 'retry') throw new Error(`${step.kind} instead of another try`);
    return step.delayMs;
  };

  it('begin anew when a link has held a while, and go on when it has not', () => {
    const outages = new Outages();
    expect(delay(outages)).toBe(0);
    outages.linkBegun();
    vi.advanceTimersByTime(1_000);
    expect(delay(outages)).toBeGreaterThan(0);
    outages.linkBegun();
    vi.advanceTimersByTime(6_000);
    expect(delay(outages)).toBe(0);
  });

  it('are given up in the end, unless they are forgotten', () => {
    const outages = new Outages();
    delay(outages);
    vi.advanceTimersByTime(11 * 60_000);
    expect(outages.next(lost)).toEqual({ kind: 'giveUp', code: 'unavailable' });
    outages.forget();
    expect(delay(outages)).toBe(0);
  });
});
