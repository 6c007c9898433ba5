import type { JSX } from 'preact';
import { useNow } from '../use-now.ts';

/** Counts down to the moment at which the node goes away. `deadline` is milliseconds since 1970. */
export function DrainingNotice({ deadline }: { deadline: number }): JSX.Element {
  const now = useNow();
  const seconds = Math.max(0, Math.ceil((deadline - now.value) / 1000));
  return (
    <p class="notice draining" role="alert" data-testid="draining-notice">
      This machine goes out of service. Save your game: it ends in{' '}
      <strong aria-live="off">{clock(seconds)}</strong>.
    </p>
  );
}

function clock(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
