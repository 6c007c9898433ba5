import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { seatsApi } from '#shared/api/seats.ts';
import { useServices } from '../../services-context.ts';
import { describeError } from '../../words.ts';
import type { SeatingModel } from './use-seating.ts';

/** For the host: who asks to play, one after the other. Put aside, it is still in the list of seats. */
export function SeatRequest({ model }: { model: SeatingModel }): JSX.Element | null {
  const { api } = useServices();
  const later = useSignal<readonly string[]>([]);
  const { seating, isHost } = model;
  const asked = (seating?.seats ?? []).flatMap(({ seat, turn, claims }) =>
    turn === null ? claims.map(({ userId }) => ({ seat, userId })) : [],
  );
  const who = asked.map(({ userId }) => userId).join();
  useEffect(() => {
    // Who asks anew is shown anew.
    later.value = later.peek().filter(userId => who.includes(userId));
  }, [who]);
  const first = asked.find(({ userId }) => !later.value.includes(userId));
  if (!isHost || seating === null || first === undefined) return null;
  const params = { id: seating.sessionId, userId: first.userId };
  return (
    <section class="vote" aria-label="A seat is asked for" data-own-keys data-testid="seat-request">
      <p role="status">
        <strong>{model.nameOf(first.userId)}</strong> asks to play at seat {first.seat}.
      </p>
      <div class="row">
        <button
          type="button"
          class="button button-small button-primary"
          data-testid="seat-approve"
          disabled={model.busy}
          onClick={() => model.change(() => api.call(seatsApi.approve, { params }))}
        >
          Let them play
        </button>
        <button
          type="button"
          class="button button-small"
          data-testid="seat-deny"
          disabled={model.busy}
          onClick={() => model.change(() => api.call(seatsApi.deny, { params }))}
        >
          No
        </button>
        <button
          type="button"
          class="button button-small"
          onClick={() => {
            later.value = [...later.value, first.userId];
          }}
        >
          Later
        </button>
      </div>
      <p class="form-error" role="alert">
        {model.error ? describeError(model.error) : ''}
      </p>
    </section>
  );
}
