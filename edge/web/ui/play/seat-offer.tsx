import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { seatsApi } from '#shared/api/seats.ts';
import type { LiveEvent } from '#shared/live.ts';
import { useServices } from '../services-context.ts';
import { useAction } from '../use-action.ts';
import { describeError } from '../words.ts';

type Offer = Extract<LiveEvent, { type: 'seat_offered' }>;

/** A seat that the host offers to who watches, for as long as it may be taken. Taken, the node has the page come back to it. */
export function SeatOffer({ sessionId }: { sessionId: string }): JSX.Element | null {
  const { api, live } = useServices();
  const offer = useSignal<Offer | null>(null);
  const answer = useAction(async (take: boolean) => {
    await api.call(take ? seatsApi.accept : seatsApi.decline, { params: { id: sessionId } });
    offer.value = null;
  });
  useEffect(() => {
    const stops = [
      live.on('seat_offered', event => {
        if (event.sessionId !== sessionId) return;
        answer.clear();
        offer.value = event;
      }),
      live.on('place_changed', event => {
        if (event.sessionId === sessionId) offer.value = null;
      }),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }, [sessionId]);
  const shown = offer.value;
  useEffect(() => {
    if (shown === null) return undefined;
    const timer = setTimeout(
      () => {
        offer.value = null;
      },
      Math.max(0, Date.parse(shown.expiresAt) - Date.now()),
    );
    return () => clearTimeout(timer);
  }, [shown]);
  if (shown === null) return null;
  return (
    <section class="vote" aria-label="A seat for you" data-own-keys data-testid="seat-offer">
      <p role="status">
        <strong>{shown.from.displayName}</strong> offers you seat {shown.seat}.
      </p>
      <div class="row">
        <button
          type="button"
          class="button button-small button-primary"
          data-testid="take-seat"
          disabled={answer.busy}
          onClick={() => answer.run(true)}
        >
          Play along
        </button>
        <button
          type="button"
          class="button button-small"
          disabled={answer.busy}
          onClick={() => answer.run(false)}
        >
          Go on watching
        </button>
      </div>
      <p class="form-error" role="alert">
        {answer.error ? describeError(answer.error) : ''}
      </p>
    </section>
  );
}
