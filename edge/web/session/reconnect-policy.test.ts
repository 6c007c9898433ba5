import { describe, expect, it } from 'vitest';
import { CLOSE } from '#shared/signal.ts';
import { type LinkFailure, nextStep, RECONNECT_LIMITS } from './reconnect-policy.ts';

const dropped: LinkFailure = { kind: 'closed', code: 1006, reason: '' };

describe('reconnecting', () => {
  it('tries at once, then backs off up to its bound', () => {
    const delays = [0, 1, 2, 3, 4, 5, 6, 30].map(attempt => nextStep(dropped, attempt, 0, 1));
    expect(delays).toEqual(
      [0, 250, 500, 1000, 2000, 4000, 5000, 5000].map(delayMs => ({ kind: 'retry', delayMs })),
    );
  });

  it('spreads the players over the second half of a delay', () => {
    expect(nextStep(dropped, 4, 0, 0)).toEqual({ kind: 'retry', delayMs: 1000 });
    expect(nextStep(dropped, 4, 0, 0.5)).toEqual({ kind: 'retry', delayMs: 1500 });
  });

  it.each<LinkFailure>([
    dropped,
    { kind: 'media' },
    { kind: 'closed', code: CLOSE.draining, reason: 'node_draining' },
    { kind: 'closed', code: CLOSE.refused, reason: 'ticket_expired' },
    { kind: 'error', code: 'ticket_used' },
    { kind: 'error', code: 'unavailable' },
    { kind: 'error', code: 'rate_limited' },
  ])('comes back after %o', failure => {
    expect(nextStep(failure, 1, 1000, 0.5).kind).toBe('retry');
  });

  it.each<[LinkFailure, unknown]>([
    [
      { kind: 'closed', code: CLOSE.ended, reason: 'game_exited' },
      { kind: 'ended', reason: 'game_exited' },
    ],
    [
      { kind: 'closed', code: CLOSE.ended, reason: 'news' },
      { kind: 'ended', reason: null },
    ],
    [
      { kind: 'error', code: 'session_over', endReason: 'node_lost' },
      { kind: 'ended', reason: 'node_lost' },
    ],
    [
      { kind: 'closed', code: CLOSE.replaced, reason: 'replaced' },
      { kind: 'giveUp', code: 'replaced' },
    ],
    [
      { kind: 'closed', code: CLOSE.refused, reason: 'spectators_full' },
      { kind: 'giveUp', code: 'spectators_full' },
    ],
    [
      { kind: 'error', code: 'game_failed' },
      { kind: 'giveUp', code: 'game_failed' },
    ],
    [
      { kind: 'error', code: 'unauthenticated' },
      { kind: 'giveUp', code: 'unauthenticated' },
    ],
  ])('stops after %o', (failure, step) => {
    expect(nextStep(failure, 0, 0, 0)).toEqual(step);
  });

  it('gives up when the outage outlasts every reconnect window', () => {
    expect(nextStep(dropped, 9, RECONNECT_LIMITS.giveUpAfterMs, 0)).toEqual({
      kind: 'giveUp',
      code: 'unavailable',
    });
  });
});
