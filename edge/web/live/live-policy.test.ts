import { describe, expect, it } from 'vitest';
import { LIVE_CLOSE } from '#shared/live-protocol.ts';
import { LIVE_RETRY_LIMITS, nextLiveStep } from './live-policy.ts';

describe('coming back', () => {
  it('is at once after a loss, then backs off up to its bound, and never ends', () => {
    const delays = [0, 1, 2, 3, 6, 7, 8, 1000].map(attempt => nextLiveStep(1006, attempt, 1));
    expect(delays).toEqual(
      [0, 500, 1000, 2000, 16_000, 30_000, 30_000, 30_000].map(delayMs => ({
        kind: 'retry',
        delayMs,
        renewed: false,
      })),
    );
  });

  it('is spread over the second half of a delay', () => {
    const delays = [0, 0.5, 1].map(random => nextLiveStep(1006, 3, random));
    expect(delays).toMatchObject([{ delayMs: 1000 }, { delayMs: 1500 }, { delayMs: 2000 }]);
  });

  it.each([LIVE_CLOSE.cut, LIVE_CLOSE.tokenExpired])('is with a fresh access token after %i', code => {
    expect(nextLiveStep(code, 0, 0)).toEqual({ kind: 'retry', delayMs: 0, renewed: true });
  });

  it.each([LIVE_CLOSE.tooFast, LIVE_CLOSE.tooManyDevices])('takes its time after %i', code => {
    expect(nextLiveStep(code, 0, 0)).toMatchObject({ delayMs: LIVE_RETRY_LIMITS.crowdedDelayMs });
  });

  it.each([1000, 1001, 1006, 1011, LIVE_CLOSE.slow])('is tried after %i', code => {
    expect(nextLiveStep(code, 2, 0)).toMatchObject({ kind: 'retry', renewed: false });
  });

  it.each([
    [LIVE_CLOSE.replaced, 'replaced'],
    [LIVE_CLOSE.outdated, 'outdated'],
    [LIVE_CLOSE.protocol, 'refused'],
  ])('is not tried after %i', (code, why) => {
    expect(nextLiveStep(code, 0, 0)).toEqual({ kind: 'stop', why });
  });
});
