import type { JSX } from 'preact';
import { type SeatChange, seatsApi } from '#shared/api/seats.ts';
import { SEAT_RIGHTS, type SeatRight } from '#shared/seat-rights.ts';
import { useServices } from '../../services-context.ts';
import { HandOver } from './hand-over.tsx';
import type { SeatRowProps } from './seat-row.tsx';
import { lengthOf, RIGHT_WORDS, TURN_LENGTHS } from './seat-words.ts';

/** What the host decides about a seat, and whom it may be passed to. */
export function SeatSettings({ model, seating, seat }: SeatRowProps): JSX.Element {
  const { api } = useServices();
  const { seat: number, rights, paused, turn, holderId } = seat;
  const set = (body: SeatChange) =>
    model.change(() => api.call(seatsApi.setSeat, { params: { id: seating.sessionId, seat: number }, body }));
  const toggle = (right: SeatRight) =>
    set({
      rights: SEAT_RIGHTS.filter(other =>
        other === right ? !rights.includes(right) : rights.includes(other),
      ),
    });
  const letWatch = () =>
    model.change(() => {
      const params = { id: seating.sessionId, userId: holderId ?? '' };
      return api.call(seatsApi.place, { params, body: { role: 'spectator' } });
    });
  const makeHost = () =>
    model.change(() =>
      api.call(seatsApi.setHost, { params: { id: seating.sessionId }, body: { userId: holderId ?? '' } }),
    );
  const isOthers = holderId !== null && holderId !== model.me;
  return (
    <div class="seating-settings" data-testid={`seat-settings-${number}`}>
      {model.isHost && (
        <>
          <fieldset class="seating-rights" disabled={model.busy}>
            <legend class="visually-hidden">What seat {number} may do</legend>
            {SEAT_RIGHTS.map(right => (
              <button
                key={right}
                type="button"
                class="seating-right"
                aria-pressed={rights.includes(right)}
                data-testid={`right-${right}-${number}`}
                onClick={() => toggle(right)}
              >
                {RIGHT_WORDS[right]}
              </button>
            ))}
          </fieldset>
          <div class="seating-fields">
            <label class="seating-field">
              <span>Turns</span>
              <select
                class="input"
                disabled={model.busy}
                data-testid={`turns-${number}`}
                value={turn === null ? '' : String(turn.seconds)}
                onChange={event => {
                  const { value } = event.currentTarget;
                  set({ turnSeconds: value === '' ? null : Number(value) });
                }}
              >
                <option value="">No turns</option>
                {TURN_LENGTHS.map(seconds => (
                  <option key={seconds} value={String(seconds)}>
                    {lengthOf(seconds)}
                  </option>
                ))}
              </select>
            </label>
            <button
              type="button"
              class="button button-small"
              disabled={model.busy}
              aria-pressed={paused}
              data-testid={`pause-${number}`}
              onClick={() => set({ paused: !paused })}
            >
              {paused ? 'Let it play again' : 'Pause its input'}
            </button>
          </div>
        </>
      )}
      {holderId !== null && <HandOver model={model} seating={seating} seat={seat} />}
      {model.isHost && isOthers && (
        <div class="seating-fields">
          <button type="button" class="button button-small" disabled={model.busy} onClick={letWatch}>
            Take the seat back
          </button>
          <button type="button" class="button button-small" disabled={model.busy} onClick={makeHost}>
            Make {model.nameOf(holderId)} the host
          </button>
        </div>
      )}
    </div>
  );
}
