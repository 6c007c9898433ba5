import type { Access } from '../api/access.ts';
import type { LiveClient } from '../live/live-client.ts';
import type { SessionNews } from './play-state.ts';

/** Tells what the live socket says of a session, until the answered function is called. */
export function followSession(
  live: Pick<LiveClient, 'on'>,
  access: Pick<Access, 'signInId'>,
  sessionId: string,
  tell: (news: SessionNews) => void,
): () => void {
  const isThis = (event: { sessionId: string }) => event.sessionId === sessionId;
  const stops = [
    live.on('queue_position', event => {
      const { position, waitSeconds, paused } = event;
      if (isThis(event)) tell({ kind: 'moved', place: { position, waitSeconds, paused } });
    }),
    live.on('session_ready', event => {
      if (isThis(event)) tell({ kind: 'ready' });
    }),
    live.on('session_changed', event => {
      const over = event.state === 'ended' || event.state === 'failed';
      if (isThis(event) && over) tell({ kind: 'over', reason: event.endReason });
    }),
    live.on('session_taken_over', event => {
      // Every device is told, also the one that did it.
      if (isThis(event) && event.signInId !== access.signInId) tell({ kind: 'elsewhere' });
    }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}
