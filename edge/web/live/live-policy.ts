import { LIVE_CLOSE } from '#shared/live-protocol.ts';

export type LiveStep =
  /** Come back. `renewed`: with a fresh access token. */
  | { kind: 'retry'; delayMs: number; renewed: boolean }
  /** Coming back would do no good, or harm. */
  | { kind: 'stop'; why: 'replaced' | 'outdated' | 'refused' };

export interface LiveRetryLimits {
  firstDelayMs: number;
  maxDelayMs: number;
  /** After the hub has said that there is too much of us. */
  crowdedDelayMs: number;
}

export const LIVE_RETRY_LIMITS: LiveRetryLimits = {
  firstDelayMs: 500,
  /** Half the time that the hub keeps what is missed: a loss of half a minute is resumed without gaps. */
  maxDelayMs: 30_000,
  crowdedDelayMs: 15_000,
};

/**
 * What to do after the live socket closed with `code`. Pure. `attempt` counts from 0 since the last welcome, `random` is 0 to
 * 1. It never gives up on a loss: a page may stand open for days. The delays spread over half of each, so that the players
 * of a hub that restarts do not come back in step.
 */
export function nextLiveStep(
  code: number,
  attempt: number,
  random: number,
  limits: LiveRetryLimits = LIVE_RETRY_LIMITS,
): LiveStep {
  const delayMs = backOff(attempt, random, limits);
  switch (code) {
    case LIVE_CLOSE.replaced:
      return { kind: 'stop', why: 'replaced' };
    case LIVE_CLOSE.outdated:
      return { kind: 'stop', why: 'outdated' };
    case LIVE_CLOSE.protocol:
      return { kind: 'stop', why: 'refused' };
    case LIVE_CLOSE.tokenExpired:
    case LIVE_CLOSE.cut:
      return { kind: 'retry', delayMs, renewed: true };
    case LIVE_CLOSE.tooFast:
    case LIVE_CLOSE.tooManyDevices:
      return { kind: 'retry', delayMs: Math.max(delayMs, limits.crowdedDelayMs), renewed: false };
    default:
      return { kind: 'retry', delayMs, renewed: false };
  }
}

/** The first attempt goes out at once. */
function backOff(attempt: number, random: number, { firstDelayMs, maxDelayMs }: LiveRetryLimits): number {
  if (attempt === 0) return 0;
  const full = Math.min(maxDelayMs, firstDelayMs * 2 ** (attempt - 1));
  return Math.round(full / 2 + (full / 2) * random);
}
