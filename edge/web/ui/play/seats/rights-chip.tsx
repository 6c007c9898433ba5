import type { JSX } from 'preact';
import { INPUT_RIGHTS } from '#shared/seat-rights.ts';
import type { Welcome } from '#shared/signal.ts';
import { Icon } from '../../icons.tsx';

/** Tells players whose keys do nothing that it is not their keyboard. */
export function RightsChip({ welcome }: { welcome: Welcome | null }): JSX.Element | null {
  if (welcome?.role !== 'player') return null;
  const { rights, keys } = welcome;
  const playsByKeys = keys === null || keys.length > 0;
  const isPaused = !INPUT_RIGHTS.some(right => rights.includes(right));
  if (!isPaused && (!playsByKeys || rights.includes('keyboard'))) return null;
  return (
    <p class="turn-chip rights-chip" role="status" data-testid="rights-chip">
      <Icon name="keys" />
      {isPaused ? 'The host has paused your input' : 'The host has taken the keyboard from your seat'}
    </p>
  );
}
