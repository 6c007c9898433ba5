import { isOlder, WEB_CLIENT } from '#shared/client-version.ts';
import type { CutReason, LiveEvent } from '#shared/live.ts';
import type { LiveClient } from '../live/live-client.ts';
import type { Notices } from './notices.ts';

type Event<T extends LiveEvent['type']> = Extract<LiveEvent, { type: T }>;

/** Why the player is on the sign-in page again. Who signed out themselves knows. */
const CUT_WORDS: Record<CutReason, string | null> = {
  signed_out: null,
  password_changed: 'Your password was changed. Sign in again with the new one.',
  refresh_reused: 'For safety you were signed out: your sign-in was used elsewhere.',
  account_deleted: 'Your account was deleted.',
  banned: 'Your account was banned.',
};

const KICKED_FROM: Record<Event<'kicked'>['from'], string> = {
  session: 'You were put out of the game',
  party: 'You were put out of the party',
  club: 'You were put out of the club',
  platform: 'You were put out',
};

export const OUTDATED = {
  key: 'update',
  level: 'warning',
  text: 'There is a new version of Nearcade. Load the page again.',
  lasting: true,
  reload: true,
} as const;

/** Shows what players are told wherever they are. */
export function showLiveNotices(live: LiveClient, notices: Notices): void {
  live.on('announcement', ({ id, level, text }) => {
    notices.show({ key: id, level, text, lasting: level === 'warning' });
  });
  live.on('maintenance', ({ on, text }) => {
    if (!on) return notices.dismiss('maintenance');
    const words = text ?? 'Nearcade is about to be maintained. New games cannot be started for now.';
    notices.show({ key: 'maintenance', level: 'warning', text: words, lasting: true });
  });
  live.on('update_required', ({ client, minimumVersion }) => {
    if (client === WEB_CLIENT.name && isOlder(WEB_CLIENT.version, minimumVersion)) notices.show(OUTDATED);
  });
  live.on('kicked', ({ from, reason }) => {
    const text = reason === '' ? `${KICKED_FROM[from]}.` : `${KICKED_FROM[from]}: ${reason}`;
    notices.show({ key: `kicked-${from}`, level: 'warning', text, lasting: true });
  });
  live.on('credits_low', ({ sessionId, secondsLeft }) => {
    const minutes = Math.ceil(secondsLeft / 60);
    const when = minutes <= 1 ? 'in less than a minute' : `in ${minutes} minutes`;
    const text = `Your credits are used up ${when}: the game ends then, unless you get more.`;
    notices.show({ key: `credits-low-${sessionId}`, level: 'warning', text, lasting: false });
  });
  live.on('invited', ({ to, id, code, title, from }) => {
    if (to === 'club') {
      const text = `${from.displayName} invites you to the club ${title}.`;
      const way = { label: 'My clubs', to: { page: 'clubs' } } as const;
      notices.show({ key: `club-${id}`, level: 'info', text, lasting: false, way });
    } else if (to === 'session' && code !== null) {
      const text = `${from.displayName} invites you to play ${title}.`;
      const way = { label: 'Come', to: { page: 'join', invitation: code, as: undefined } } as const;
      notices.show({ key: `session-${id}`, level: 'info', text, lasting: false, way });
    }
  });
  live.on('session_taken_over', ({ sessionId }) => {
    const text = 'Your game goes on on another device of yours.';
    notices.show({ key: `taken-over-${sessionId}`, level: 'info', text, lasting: false });
  });
}

export function showCut(notices: Notices, reason: CutReason): void {
  const text = CUT_WORDS[reason];
  if (text !== null) notices.show({ key: 'cut', level: 'warning', text, lasting: true });
}
