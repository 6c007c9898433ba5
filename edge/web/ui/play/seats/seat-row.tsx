import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { type Seating, type SeatView, seatsApi } from '#shared/api/seats.ts';
import { SEAT_RIGHTS } from '#shared/seat-rights.ts';
import { Icon } from '../../icons.tsx';
import { useServices } from '../../services-context.ts';
import { useNow } from '../../use-now.ts';
import { SeatClaims } from './seat-claims.tsx';
import { SeatSettings } from './seat-settings.tsx';
import { clockOf, lengthOf, RIGHT_WORDS } from './seat-words.ts';
import type { SeatingModel } from './use-seating.ts';

export interface SeatRowProps {
  model: SeatingModel;
  seating: Seating;
  seat: SeatView;
}

export function SeatRow({ model, seating, seat }: SeatRowProps): JSX.Element {
  const open = useSignal(false);
  const { holderId } = seat;
  const mine = holderId === model.me;
  const taken = SEAT_RIGHTS.filter(right => !seat.rights.includes(right)).map(right => RIGHT_WORDS[right]);
  return (
    <li class={mine ? 'seating-seat seating-mine' : 'seating-seat'} data-testid={`seat-${seat.seat}`}>
      <div class="seating-line">
        <span class="seating-number">{seat.seat}</span>
        <div class="seating-who">
          {holderId === null ? (
            <span class="muted">Free</span>
          ) : (
            <span class="seating-name">
              {model.nameOf(holderId)}
              {mine && <span class="muted"> · you</span>}
              {holderId === seating.hostId && <span class="muted"> · host</span>}
            </span>
          )}
          <span class="seating-notes">
            {seat.turn !== null && <TurnLeft model={model} seat={seat} />}
            {seat.paused && <span class="seating-note">Input paused</span>}
            {taken.length > 0 && <span class="seating-note">Without {taken.join(', ').toLowerCase()}</span>}
          </span>
        </div>
        <SeatAction model={model} seating={seating} seat={seat} />
        {(model.isHost || mine) && (
          <button
            type="button"
            class="icon-button icon-button-small"
            aria-label={`More about seat ${seat.seat}`}
            aria-expanded={open.value}
            data-testid={`seat-more-${seat.seat}`}
            onClick={() => {
              open.value = !open.value;
            }}
          >
            <Icon name="tune" />
          </button>
        )}
      </div>
      <SeatClaims model={model} seating={seating} seat={seat} />
      {open.value && <SeatSettings model={model} seating={seating} seat={seat} />}
    </li>
  );
}

/** The turn that goes on, or how long turns are. */
function TurnLeft({ model, seat }: Pick<SeatRowProps, 'model' | 'seat'>): JSX.Element {
  useNow().value;
  const left = model.leftOf(seat);
  const length = lengthOf(seat.turn?.seconds ?? 0);
  if (left === null || seat.claims.length === 0) return <span class="seating-note">Turns of {length}</span>;
  return (
    <span class="seating-note seating-clock" data-testid={`turn-left-${seat.seat}`}>
      <Icon name="clock" />
      {clockOf(left)} left of {length}
    </span>
  );
}

/** The one thing that the reader most likely wants with this seat. */
function SeatAction({ model, seating, seat }: SeatRowProps): JSX.Element | null {
  const { api } = useServices();
  const params = { id: seating.sessionId };
  const act = (label: string, testId: string, work: () => Promise<unknown>, primary = false) => (
    <button
      type="button"
      class={primary ? 'button button-small button-primary' : 'button button-small'}
      disabled={model.busy}
      data-testid={testId}
      aria-label={`${label}: seat ${seat.seat}`}
      onClick={() => model.change(work)}
    >
      {label}
    </button>
  );
  if (seat.holderId === model.me) {
    return act('Give back', 'seat-release', () => api.call(seatsApi.release, { params }));
  }
  if (seating.seats.some(other => other.holderId === model.me)) return null;
  if (seat.claims.some(claim => claim.userId === model.me)) {
    return act('Never mind', 'seat-withdraw', () => api.call(seatsApi.withdraw, { params }));
  }
  const claim = () => api.call(seatsApi.claim, { params, body: { seat: seat.seat } });
  if (seat.turn !== null) {
    return act(seat.holderId === null ? 'Play' : 'Get in line', `seat-claim-${seat.seat}`, claim, true);
  }
  if (seat.holderId !== null) return null;
  const asks = seating.policy === 'ask' && !model.isHost;
  return act(asks ? 'Ask to play' : 'Take seat', `seat-claim-${seat.seat}`, claim, true);
}
