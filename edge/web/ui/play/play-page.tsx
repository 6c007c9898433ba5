import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { loadPlayer } from '../../session/load.ts';
import type { PlaySession } from '../../session/play-session.ts';
import { followSession } from '../../session/session-news.ts';
import { ErrorPage } from '../error-page.tsx';
import { useServices } from '../services-context.ts';
import { Player } from './player.tsx';
import { StatusCover } from './status-cover.tsx';

/** Opens the session for as long as the page is there. Leaving the page leaves the game running for the way back. */
export function PlayPage({ sessionId }: { sessionId: string }): JSX.Element {
  const { access, api, desk, live, voice } = useServices();
  const play = useSignal<PlaySession | null>(null);
  const missing = useSignal(false);
  useEffect(() => {
    let left = false;
    const stop = followSession(live, access, sessionId, news => play.peek()?.hear(news));
    const first = desk.collect(sessionId);
    loadPlayer().then(
      ({ PlaySession }) => {
        if (left) return;
        play.value = new PlaySession({
          first,
          admit: () => api.newTicket(sessionId),
          leaveQueue: () => api.leave(sessionId),
          voice: {
            settings: voice,
            me: () => {
              const state = access.state.peek();
              return state.kind === 'in' ? state.user.id : '';
            },
          },
        });
      },
      () => {
        missing.value = true;
      },
    );
    return () => {
      left = true;
      stop();
      play.peek()?.close();
    };
  }, [sessionId]);
  if (missing.value) {
    return (
      <ErrorPage
        title="The player did not load"
        text="Check your connection and reload the page."
        again={() => window.location.reload()}
      />
    );
  }
  if (!play.value) {
    return (
      <div class="stage">
        <StatusCover state="connecting" picture={false} />
      </div>
    );
  }
  return <Player play={play.value} sessionId={sessionId} />;
}
