import type { JSX } from 'preact';
import type { PlayState } from '../../session/play-session.ts';

type CoveredState = Exclude<PlayState, 'playing' | 'ended'>;

const WORDS: Record<CoveredState, { title: string; text: string }> = {
  connecting: { title: 'Connecting', text: 'Opening the way to your game' },
  starting: { title: 'Starting the game', text: 'It will be here in a moment' },
  waiting: { title: 'Waiting for the players', text: 'The game goes on when someone takes a seat' },
  reconnecting: { title: 'Reconnecting', text: 'Your game keeps running; you will be back in a moment' },
};

/** What goes on while there is no live picture. With an old one it is seen dimly behind. */
export function StatusCover({ state, picture }: { state: CoveredState; picture: boolean }): JSX.Element {
  const { title, text } = WORDS[state];
  return (
    <div class={picture ? 'cover cover-dim' : 'cover'} data-testid="status-cover">
      <span class="spinner spinner-large" />
      <strong class="cover-title">{title}</strong>
      <span class="muted">{text}</span>
    </div>
  );
}
