import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { seatsApi } from '#shared/api/seats.ts';
import { useServices } from '../../services-context.ts';
import type { SeatRowProps } from './seat-row.tsx';

/** Passes the seat to somebody who watches. */
export function HandOver({ model, seating, seat }: SeatRowProps): JSX.Element | null {
  const { api } = useServices();
  const heir = useSignal('');
  const { watching } = model;
  if (watching.length === 0) return null;
  const chosen = watching.find(({ userId }) => userId === heir.value) ?? watching[0];
  return (
    <div class="seating-fields">
      <label class="seating-field">
        <span>Pass to</span>
        <select
          class="input"
          disabled={model.busy}
          data-testid={`heir-${seat.seat}`}
          value={chosen?.userId ?? ''}
          onChange={event => {
            heir.value = event.currentTarget.value;
          }}
        >
          {watching.map(({ userId, displayName }) => (
            <option key={userId} value={userId}>
              {displayName}
            </option>
          ))}
        </select>
      </label>
      <button
        type="button"
        class="button button-small"
        disabled={model.busy || chosen === undefined}
        data-testid={`hand-over-${seat.seat}`}
        onClick={() =>
          model.change(() =>
            api.call(seatsApi.handOver, {
              params: { id: seating.sessionId, seat: seat.seat },
              body: { userId: chosen?.userId ?? '' },
            }),
          )
        }
      >
        Pass the seat on
      </button>
    </div>
  );
}
