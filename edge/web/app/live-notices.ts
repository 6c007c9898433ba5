import type { Signal } from '@preact/signals';
import { isOlder, WEB_CLIENT } from '#shared/client-version.ts';
import type { CutReason, LiveEvent } from '#shared/live.ts';
import type { LiveClient } from '../live/live-client.ts';
import type { CurrentSession } from './current-session.ts';
import type { Notice, Notices } from './notices.ts';
import { pathOf, type Router } from './router.ts';

type Event<T extends LiveEvent['type']> = Extract<LiveEvent, { type: T }>;

/** Why the player is on the sign-in page again. Who signed out themselves knows. */
const CUT_WORDS: Record<CutReason, string | null> = {
  signed_out: null,
  password_changed: 'Your password was changed. Sign in again with the new one.',
  refresh_reused: 'For safety you were signed out: your sign-in was used elsewhere.',
  account_deleted: 'Your account was deleted.',
  banned: 'Your account was banned.',
  access_denied: 'This platform does not let you in for now.',
};

const KICKED_FROM: Record<Event<'kicked'>['from'], string> = {
  session: 'You were put out of the game',
  party: 'You were put out of the party',
  club: 'You were put out of the club',
  platform: 'You were put out',
};

export function outdated(): Notice {
  return {
    key: 'update',
    level: 'warning',
    text: 'There is a new version of Nearcade. Load the page again.',
    lasting: true,
    action: { label: 'Load again', run: () => window.location.reload() },
  };
}

export interface LiveNoticesOptions {
  live: LiveClient;
  notices: Notices;
  router: Router;
  current: CurrentSession;
  socialOpen: Signal<boolean>;
}

/** Shows what players are told wherever they are. */
export function showLiveNotices({ live, notices, router, current, socialOpen }: LiveNoticesOptions): void {
  const isHere = (sessionId: string) => {
    const route = router.route.peek();
    return route.page === 'play' && route.sessionId === sessionId;
  };
  live.on('announcement', ({ id, level, text }) => {
    notices.show({ key: id, level, text, lasting: level === 'warning' });
  });
  live.on('update_required', ({ client, minimumVersion }) => {
    if (client === WEB_CLIENT.name && isOlder(WEB_CLIENT.version, minimumVersion)) notices.show(outdated());
  });
  live.on('kicked', ({ from, reason }) => {
    const text = reason === '' ? `${KICKED_FROM[from]}.` : `${KICKED_FROM[from]}: ${reason}`;
    notices.show({ key: `kicked-${from}`, level: 'warning', text, lasting: true });
  });
  live.on('credits_low', ({ secondsLeft }) => {
    const minutes = Math.ceil(secondsLeft / 60);
    const when = minutes <= 1 ? 'in less than a minute' : `in ${minutes} minutes`;
    const text = `Your credits are used up ${when}: the game ends then, unless you get more.`;
    notices.show({
      key: 'credits-low',
      level: 'warning',
      text,
      lasting: true,
      action: {
        label: 'Get credits',
        run: () => window.open(pathOf({ page: 'wallet' }), '_blank', 'noopener'),
      },
    });
  });
  live.on('invited', ({ to, id, code, title, from }) => {
    if (to === 'club') {
      const text = `${from.displayName} invites you to the club ${title}.`;
      const action = { label: 'My clubs', run: () => router.go({ page: 'clubs' }) };
      notices.show({ key: `club-${id}`, level: 'info', text, lasting: false, action });
    } else if (to === 'session' && code !== null) {
      const text = `${from.displayName} invites you to play ${title}.`;
      const action = {
        label: 'Come',
        run: () => router.go({ page: 'join', invitation: code, as: undefined }),
      };
      notices.show({ key: `session-${id}`, level: 'info', text, lasting: false, action });
    } else if (to === 'party') {
      const text = `${from.displayName} invites you to a party.`;
      const action = {
        label: 'Show',
        run: () => {
          socialOpen.value = true;
          // The panel is beside every page but a game.
          if (router.route.peek().page === 'play') router.go({ page: 'library' });
        },
      };
      notices.show({ key: `party-${id}`, level: 'info', text, lasting: false, action });
    }
  });
  live.on('session_ready', ({ sessionId }) => {
    // The page of the session goes in by itself.
    if (isHere(sessionId)) return;
    const title = current.place.peek()?.session.gameTitle ?? 'Your game';
    notices.show({
      key: `ready-${sessionId}`,
      level: 'info',
      text: `${title} is ready for you: its place is held for half a minute.`,
      lasting: true,
      action: { label: 'Play', run: () => router.go({ page: 'play', sessionId }) },
    });
  });
  live.on('wallet_changed', ({ available }) => {
    if (available > 0) notices.dismiss('credits-low');
  });
  live.on('session_changed', ({ sessionId, endReason }) => {
    notices.dismiss(`ready-${sessionId}`);
    if (endReason !== null) notices.dismiss('credits-low');
  });
}

export function showCut(notices: Notices, reason: CutReason): void {
  const text = CUT_WORDS[reason];
  if (text !== null) notices.show({ key: 'cut', level: 'warning', text, lasting: true });
}
