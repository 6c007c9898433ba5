import type { JSX } from 'preact';
import type { Queued } from '#shared/api/play.ts';
import type { PlayState } from '../../session/play-session.ts';

type CoveredState = Exclude<PlayState, 'playing' | 'ended'>;

const WORDS: Record<Exclude<CoveredState, 'queued'>, { title: string; text: string }> = {
  connecting: { title: 'Connecting', text: 'Opening the way to your game' },
  starting: { title: 'Starting the game', text: 'It will be here in a moment' },
  waiting: { title: 'Waiting for the players', text: 'The game goes on when someone takes a seat' },
  reconnecting: { title: 'Reconnecting', text: 'Your game keeps running; you will be back in a moment' },
};

export interface StatusCoverProps {
  state: CoveredState;
  picture: boolean;
  queue?: Queued | null;
}

/** What goes on while there is no live picture. With an old one it is seen dimly behind. */
export function StatusCover({ state, picture, queue = null }: StatusCoverProps): JSX.Element {
  const { title, text } = state === 'queued' ? queueWords(queue) : WORDS[state];
  return (
    <div class={picture ? 'cover cover-dim' : 'cover'} data-testid="status-cover">
      <span class="spinner spinner-large" />
      <strong class="cover-title">{title}</strong>
      <span class="muted">{text}</span>
    </div>
  );
}

function queueWords(queue: Queued | null): { title: string; text: string } {
  const title = 'Waiting for a free machine';
  if (queue === null) return { title, text: 'You are in the queue' };
  const place = queue.position === 1 ? 'You are next' : `You are number ${queue.position} in the queue`;
  if (queue.waitSeconds === null) return { title, text: place };
  const minutes = Math.max(1, Math.round(queue.waitSeconds / 60));
  return { title, text: `${place}, about ${minutes} ${minutes === 1 ? 'minute' : 'minutes'} to go` };
}
