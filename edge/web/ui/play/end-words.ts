import type { ErrorCode } from '#shared/errors.ts';
import type { EndReason } from '#shared/lifecycles.ts';
import { describeCode } from '../words.ts';

export interface EndWords {
  title: string;
  text: string;
}

export const LEFT_WORDS: EndWords = { title: 'You left the game', text: 'Thanks for playing.' };

export const END_WORDS: Record<EndReason, EndWords> = {
  game_exited: { title: 'The game has ended', text: 'It was closed from inside the game.' },
  game_crashed: { title: 'The game crashed', text: 'It stopped by itself. You can start it again.' },
  game_over_limits: {
    title: 'The game was stopped',
    text: 'It used more memory or disk than a game may. You can start it again.',
  },
  game_failed_to_start: { title: 'The game did not start', text: 'You can try it again.' },
  player_quit: { title: 'The game was ended', text: 'Its host ended it for everyone.' },
  reconnect_window_expired: {
    title: 'The game was closed',
    text: 'Nobody came back in time, so its place was given free.',
  },
  node_draining: {
    title: 'The machine went out of service',
    text: 'It was taken down for maintenance. You can start the game again on another one.',
  },
  node_shutdown: {
    title: 'The machine was shut down',
    text: 'It was taken down for maintenance. You can start the game again on another one.',
  },
  node_lost: {
    title: 'The machine was lost',
    text: 'The platform lost contact with it. You can start again.',
  },
  restore_failed: {
    title: 'Your saved game could not be loaded',
    text: 'Nothing of it was changed. Try again, or begin with another save.',
  },
  host_failed: { title: 'The game could not be set up', text: 'Its machine had a fault. You can try again.' },
  queue_left: { title: 'You left the line', text: 'Start the game again whenever you like.' },
  credits_exhausted: {
    title: 'Your credits are used up',
    text: 'The game was saved where it could be. Top up to play on.',
  },
  room_dissolved: { title: 'The room was dissolved', text: 'Its members voted to end it.' },
  operator_ended: { title: 'The session was ended', text: 'An operator of this platform ended it.' },
  reservation_expired: {
    title: 'The place was given free',
    text: 'The game was not reached in time. You can start it again.',
  },
};

/** Where the session goes on, but without this page. */
const STOPPED: Partial<Record<ErrorCode, EndWords>> = {
  replaced: {
    title: 'You play on another device',
    text: 'This game goes on in another tab or on another device of yours.',
  },
  input_flood: {
    title: 'You were cut off',
    text: 'This page sent far more input than a player makes. You can come back.',
  },
  kicked: { title: 'You were put out', text: 'The host or an operator has ended your part in this game.' },
  forbidden: { title: 'You are not in this game any more', text: 'Your place was given up.' },
};

export function describeStop(code: ErrorCode): EndWords {
  return STOPPED[code] ?? { title: 'You are no longer connected', text: describeCode(code) };
}

/** What the way back is called; null where there is none. */
export function describeRetry(code: ErrorCode): string | null {
  switch (code) {
    case 'replaced':
      return 'Play here instead';
    case 'kicked':
    case 'forbidden':
    case 'session_not_found':
      return null;
    default:
      return 'Try again';
  }
}
