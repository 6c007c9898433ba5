import { type ErrorCode, errorCodeSchema } from '#shared/errors.ts';
import { END_REASONS, type EndReason } from '#shared/lifecycles.ts';
import { CLOSE } from '#shared/signal.ts';

/** Why a link to the node is gone, or was not to be had. */
export type LinkFailure =
  /** The socket closed; `reason` is the error or end code of ours, or empty. */
  | { kind: 'closed'; code: number; reason: string }
  /** The node or the edge said no. */
  | { kind: 'error'; code: ErrorCode; endReason?: EndReason }
  /** Picture and input go over a path that broke while the socket held. */
  | { kind: 'media' };

export type Step =
  | { kind: 'retry'; delayMs: number }
  | { kind: 'ended'; reason: EndReason | null }
  | { kind: 'giveUp'; code: ErrorCode };

export interface ReconnectLimits {
  firstDelayMs: number;
  maxDelayMs: number;
  giveUpAfterMs: number;
}

export const RECONNECT_LIMITS: ReconnectLimits = {
  firstDelayMs: 250,
  /** Small, since a game waits and runs out its window meanwhile. */
  maxDelayMs: 5_000,
  /** Longer than any reconnect window: by then there is nothing left that the edge would not have told us. */
  giveUpAfterMs: 10 * 60_000,
};

/** Failures that a fresh ticket, another moment or the edge's next answer may cure. */
const PASSING: ReadonlySet<ErrorCode> = new Set([
  'ticket_invalid',
  'ticket_expired',
  'ticket_used',
  'ticket_foreign',
  'epoch_stale',
  'node_draining',
  'node_overloaded',
  'media_failed',
  'rate_limited',
  'token_expired',
  'unavailable',
  'internal',
]);

/**
 * What to do after a failure. Pure. `attempt` counts from 0 within one outage, `outageMs` is how long it lasts,
 * `random` is 0 to 1. The first attempt goes out at once; later ones back off exponentially, spread over half of
 * each delay so that the players of a node that restarts do not come back in step.
 */
export function nextStep(
  failure: LinkFailure,
  attempt: number,
  outageMs: number,
  random: number,
  limits: ReconnectLimits = RECONNECT_LIMITS,
): Step {
  const final = finalStep(failure);
  if (final) return final;
  if (outageMs >= limits.giveUpAfterMs) return { kind: 'giveUp', code: 'unavailable' };
  if (attempt === 0) return { kind: 'retry', delayMs: 0 };
  const full = Math.min(limits.maxDelayMs, limits.firstDelayMs * 2 ** (attempt - 1));
  return { kind: 'retry', delayMs: Math.round(full / 2 + (full / 2) * random) };
}

/** The step of a failure that no retry cures; undefined for the others. */
function finalStep(failure: LinkFailure): Step | undefined {
  if (failure.kind === 'media') return undefined;
  if (failure.kind === 'error') {
    if (failure.code === 'session_over') return { kind: 'ended', reason: failure.endReason ?? null };
    return unlessPassing(failure.code);
  }
  switch (failure.code) {
    case CLOSE.ended:
      return { kind: 'ended', reason: asEndReason(failure.reason) };
    case CLOSE.replaced:
      return { kind: 'giveUp', code: 'replaced' };
    case CLOSE.refused: {
      const code = errorCodeSchema.safeParse(failure.reason);
      return code.success ? unlessPassing(code.data) : undefined;
    }
    case CLOSE.protocol:
      return { kind: 'giveUp', code: 'signal_protocol' };
    default:
      return undefined;
  }
}

function unlessPassing(code: ErrorCode): Step | undefined {
  return PASSING.has(code) ? undefined : { kind: 'giveUp', code };
}

export function asEndReason(value: unknown): EndReason | null {
  return END_REASONS.find(reason => reason === value) ?? null;
}
