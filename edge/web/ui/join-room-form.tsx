import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import type { Entry } from '#shared/api/play.ts';
import { roomNumberSchema } from '#shared/api/play.ts';
import { NearcadeError } from '#shared/errors.ts';
import { useServices } from './services-context.ts';
import { useAction } from './use-action.ts';
import { describeError } from './words.ts';

/** Joins by the six digits that a friend said. When the seats are gone it offers to watch. */
export function JoinRoomForm({ onJoined }: { onJoined: (entry: Entry) => void }): JSX.Element {
  const { api } = useServices();
  const room = useSignal('');
  const join = useAction(async (role: 'player' | 'spectator') => {
    performance.mark('nearcade:click');
    const roomNumber = room.peek().replace(/\s/g, '');
    if (!roomNumberSchema.safeParse(roomNumber).success) {
      throw new NearcadeError('invalid_request', 'A room number has six digits.');
    }
    onJoined(await api.join({ roomNumber }, role));
  });
  return (
    <form
      class="join-room"
      onSubmit={event => {
        event.preventDefault();
        join.run('player');
      }}
    >
      <label class="visually-hidden" for="join-room">
        Room number
      </label>
      <input
        id="join-room"
        class="input join-room-input"
        inputMode="numeric"
        autocomplete="off"
        maxLength={7}
        placeholder="Room number"
        value={room.value}
        onInput={event => {
          room.value = event.currentTarget.value;
          join.clear();
        }}
        aria-describedby="join-room-error"
        data-testid="join-room-input"
      />
      <button type="submit" class="button" disabled={join.busy} data-testid="join-room-submit">
        Join
      </button>
      <button
        type="button"
        class="button button-plain"
        disabled={join.busy}
        data-testid="join-room-watch"
        onClick={() => join.run('spectator')}
      >
        Watch
      </button>
      <p id="join-room-error" class="form-error join-room-error" role="alert">
        {join.error ? describeError(join.error) : ''}
      </p>
    </form>
  );
}
