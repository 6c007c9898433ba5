import type { JSX } from 'preact';
import type { Queued } from '#shared/api/play.ts';
import type { PlayState } from '../../session/play-state.ts';
import { describeQueue } from '../words.ts';

type CoveredState = Exclude<PlayState, 'playing' | 'ended'>;

const WORDS: Record<CoveredState, { title: string; text: string }> = {
  queued: { title: 'Waiting for a free machine', text: 'You are in line' },
  connecting: { title: 'Connecting', text: 'Opening the way to your game' },
  starting: { title: 'Starting the game', text: 'It will be here in a moment' },
  waiting: { title: 'Waiting for the players', text: 'The game goes on when someone takes a seat' },
  reconnecting: { title: 'Reconnecting', text: 'Your game keeps running; you will be back in a moment' },
};

export interface StatusCoverProps {
  state: CoveredState;
  picture: boolean;
  queue?: Queued | null;
  onLeave?: () => void;
}

/** What goes on while there is no live picture. With an old one it is seen dimly behind. */
export function StatusCover({ state, picture, queue = null, onLeave }: StatusCoverProps): JSX.Element {
  const { title, text } = WORDS[state];
  return (
    <div class={picture ? 'cover cover-dim' : 'cover'} data-testid="status-cover">
      <span class="spinner spinner-large" />
      <strong class="cover-title">{title}</strong>
      <span class="muted" role="status" data-testid="queue-place">
        {queue === null ? text : describeQueue(queue)}
      </span>
      {queue !== null && (
        <>
          <span class="muted cover-note">
            The game starts here by itself. Your place is kept if you reload or look around.
          </span>
          <button type="button" class="button cover-leave" data-testid="leave-queue" onClick={onLeave}>
            Leave the line
          </button>
        </>
      )}
    </div>
  );
}
