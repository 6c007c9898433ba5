import type { Bindings } from '#edge/bindings.ts';
import { describeError, log } from '#edge/http/log.ts';
import type { Services } from '#edge/services.ts';

/** What a timer can be for; what each does when its time has come is in handlers.ts. */
export const TIMER_KINDS = ['ready_check', 'room_vote', 'seats', 'turn_out', 'credits'] as const;
export type TimerKind = (typeof TIMER_KINDS)[number];

/** One timer of a group: there is one for each kind and key. */
export interface GroupTimer {
  kind: TimerKind;
  /** What it is for, e.g. the party's id. */
  key: string;
  /** Where work that takes several turns goes on. */
  from?: string | undefined;
}

/** Timers that fire on the second, where cron fires each minute only. */
export interface GroupTimers {
  set(timer: GroupTimer, at: Date): Promise<void>;
}

export function openGroupTimers({ GROUP_CLOCK }: Pick<Bindings, 'GROUP_CLOCK'>): GroupTimers {
  return {
    set: (timer, at) =>
      GROUP_CLOCK.get(GROUP_CLOCK.idFromName(`${timer.kind}:${timer.key}`)).set(timer, at.getTime()),
  };
}

/**
 * Has the handler of `kind` called with `key` at `at` or soon after; replaces the timer of the same key and kind. Never throws: the
 * deadline is in Postgres, and the cron run finds what no timer has.
 */
export async function setGroupTimer(
  { timers }: Pick<Services, 'timers'>,
  key: string,
  at: Date,
  kind: TimerKind,
): Promise<void> {
  try {
    await timers.set({ kind, key }, at);
  } catch (error) {
    log('warn', 'timer not set', { kind, key, ...describeError(error) });
  }
}
