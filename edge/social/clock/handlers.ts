import { turnOut } from '#edge/admin/platform/turn-out.ts';
import { settleSeats } from '#edge/play/seats/change.ts';
import type { Services } from '#edge/services.ts';
import { extendHold } from '#edge/wallet/extend-holds.ts';
import { settleReadyCheck } from '../parties/ready-check.ts';
import { settleVote } from '../rooms/votes.ts';
import type { TimerKind } from './clock.ts';

/**
 * What happens at a timer's time. A handler may be called early, late or twice: it asks Postgres whether the deadline has
 * passed, and sets the timer again if it has not.
 */
export const TIMER_HANDLERS: Readonly<
  Record<TimerKind, (services: Services, key: string, from: string | undefined) => Promise<unknown>>
> = {
  ready_check: settleReadyCheck,
  room_vote: settleVote,
  seats: settleSeats,
  turn_out: turnOut,
  credits: extendHold,
};
