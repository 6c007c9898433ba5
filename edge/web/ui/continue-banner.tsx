import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import type { CurrentPlace } from '#shared/api/play.ts';
import { Icon } from './icons.tsx';
import { useServices } from './services-context.ts';
import { useAction } from './use-action.ts';
import { describeError, describeQueue } from './words.ts';

/** The way back into the game that the player is in or waits for, on this device or another, and the way out of it. */
export function ContinueBanner({ place }: { place: CurrentPlace }): JSX.Element {
  const { api, current, router } = useServices();
  const { session, role, seat, host, queue } = place;
  const asking = useSignal(false);
  const leave = useAction(async () => {
    asking.value = false;
    await api.leave(session.id);
    await current.read();
  });
  const endsForOthers = host && session.seats > 1 && queue === null;
  return (
    <section class="continue" aria-label="Your running game" data-testid="current-session">
      <span class="pulse" aria-hidden="true" />
      <div class="continue-text">
        <strong>
          {queue === null ? `${session.gameTitle} is waiting for you` : `In line for ${session.gameTitle}`}
        </strong>
        <span class="muted" data-testid="current-place">
          {queue === null
            ? `Room ${session.roomNumber}${role === 'spectator' ? ', as spectator' : `, seat ${seat}`}`
            : describeQueue(queue)}
        </span>
      </div>
      <div class="row">
        <button
          type="button"
          class="button button-primary"
          data-testid="continue-session"
          onClick={() => {
            performance.mark('nearcade:click');
            router.go({ page: 'play', sessionId: session.id });
          }}
        >
          <Icon name="play" />
          {queue === null ? 'Continue' : 'Back to the line'}
        </button>
        <button
          type="button"
          class={asking.value ? 'button button-danger' : 'button'}
          data-testid="leave-session"
          disabled={leave.busy}
          onClick={() => {
            if (endsForOthers && !asking.value) asking.value = true;
            else leave.run();
          }}
        >
          {asking.value ? 'End it for everyone' : queue !== null || !host ? 'Leave' : 'Quit'}
        </button>
      </div>
      {leave.error && (
        <p class="form-error" role="alert">
          {describeError(leave.error)}
        </p>
      )}
    </section>
  );
}
