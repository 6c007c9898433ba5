import type { JSX } from 'preact';

/** The game has ended; what it has left is being saved. */
export function SavingCover(): JSX.Element {
  return (
    <div class="cover cover-dim" data-testid="saving-cover">
      <span class="spinner spinner-large" />
      <strong class="cover-title">Saving your game</strong>
      <span class="muted" role="status">
        It takes a moment
      </span>
    </div>
  );
}
