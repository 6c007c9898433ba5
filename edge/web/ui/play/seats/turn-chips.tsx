import type { JSX } from 'preact';
import { Icon } from '../../icons.tsx';
import { useNow } from '../../use-now.ts';
import { clockOf } from './seat-words.ts';
import type { SeatingModel } from './use-seating.ts';

/** Milliseconds before its end from which a turn is shown as about to end. */
const SOON_MS = 15_000;

/** Over the picture, for everybody: whose turn it is, how long it goes on, and where the reader stands in line. */
export function TurnChips({ model }: { model: SeatingModel }): JSX.Element | null {
  const awaited = (model.seating?.seats ?? []).filter(
    seat => seat.turn !== null && seat.holderId !== null && seat.claims.length > 0,
  );
  if (awaited.length === 0) return null;
  return <Chips model={model} awaited={awaited} />;
}

type Seats = NonNullable<SeatingModel['seating']>['seats'];

function Chips({ model, awaited }: { model: SeatingModel; awaited: Seats }): JSX.Element {
  useNow().value;
  return (
    <ul class="turn-chips" data-testid="turn-chips">
      {awaited.map(seat => {
        const left = model.leftOf(seat) ?? 0;
        const next = seat.claims[0]?.userId ?? '';
        const place = seat.claims.findIndex(({ userId }) => userId === model.me);
        const mine = seat.holderId === model.me;
        return (
          <li key={seat.seat} class={mine && left < SOON_MS ? 'turn-chip turn-soon' : 'turn-chip'}>
            <Icon name="clock" />
            <span>{mine ? 'Your turn' : `${model.nameOf(seat.holderId ?? '')}’s turn`}</span>
            <strong class="turn-clock">{clockOf(left)}</strong>
            <span class="muted">
              {place === 0
                ? 'you are next'
                : place > 0
                  ? `you are number ${place + 1}`
                  : `next: ${model.nameOf(next)}`}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
