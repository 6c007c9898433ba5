import type { JSX } from 'preact';
import { seatsApi } from '#shared/api/seats.ts';
import { useServices } from '../../services-context.ts';
import type { SeatRowProps } from './seat-row.tsx';
import { listOf } from './seat-words.ts';

/** Who waits for the seat or asks for it; the host says yes or no to each. */
export function SeatClaims({ model, seating, seat }: SeatRowProps): JSX.Element | null {
  const { api } = useServices();
  if (seat.claims.length === 0) return null;
  const name = (userId: string) => (userId === model.me ? 'you' : model.nameOf(userId));
  if (!model.isHost) {
    const names = listOf(seat.claims.map(({ userId }) => name(userId)));
    return (
      <p class="seating-claims muted">{seat.turn === null ? `Asked for by ${names}` : `Next: ${names}`}</p>
    );
  }
  return (
    <ol class="seating-claims">
      {seat.claims.map(({ userId }, index) => {
        const params = { id: seating.sessionId, userId };
        const next = seat.turn !== null && seat.holderId !== null;
        return (
          <li key={userId} class="seating-claim">
            <span class="seating-name">
              {seat.turn === null ? '' : `${index + 1}. `}
              {name(userId)}
              <span class="muted">{seat.turn === null ? ' asks to play' : ''}</span>
            </span>
            {!(next && index === 0) && (
              <button
                type="button"
                class="button button-small"
                disabled={model.busy}
                aria-label={next ? `Let ${name(userId)} be next` : `Let ${name(userId)} play`}
                onClick={() => model.change(() => api.call(seatsApi.approve, { params }))}
              >
                {next ? 'Be next' : 'Let play'}
              </button>
            )}
            {userId !== model.me && (
              <button
                type="button"
                class="button button-small"
                disabled={model.busy}
                aria-label={`Say no to ${name(userId)}`}
                onClick={() => model.change(() => api.call(seatsApi.deny, { params }))}
              >
                No
              </button>
            )}
          </li>
        );
      })}
    </ol>
  );
}
