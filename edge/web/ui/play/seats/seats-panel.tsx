import type { JSX } from 'preact';
import { seatsApi } from '#shared/api/seats.ts';
import { useServices } from '../../services-context.ts';
import { describeError } from '../../words.ts';
import { SeatRow } from './seat-row.tsx';
import type { SeatingModel } from './use-seating.ts';

/** Who has which seat, who waits for it, and what the reader may do about that. */
export function SeatsPanel({ model }: { model: SeatingModel }): JSX.Element {
  const { api } = useServices();
  const { seating, isHost } = model;
  if (seating === null) return <section class="bar-panel muted">The seats can't be shown right now.</section>;
  const setPolicy = (open: boolean) =>
    model.change(() =>
      api.call(seatsApi.setPolicy, {
        params: { id: seating.sessionId },
        body: { policy: open ? 'open' : 'ask' },
      }),
    );
  return (
    <section class="bar-panel seating" aria-label="Seats" data-testid="seats-panel">
      <ul class="seating-list">
        {seating.seats.map(seat => (
          <SeatRow key={seat.seat} model={model} seating={seating} seat={seat} />
        ))}
      </ul>
      {isHost && (
        <label class="new-table-check">
          <input
            type="checkbox"
            checked={seating.policy === 'open'}
            disabled={model.busy}
            data-testid="seats-open"
            onChange={event => setPolicy(event.currentTarget.checked)}
          />
          <span>Whoever watches may take a free seat without asking me</span>
        </label>
      )}
      {model.error && (
        <p class="form-error" role="alert">
          {describeError(model.error)}
        </p>
      )}
    </section>
  );
}
