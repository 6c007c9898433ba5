import type { JSX } from 'preact';
import type { PointerCapture } from '../../input/pointer-capture.ts';
import { Icon } from '../icons.tsx';

export function PointerHint({
  pointer,
  wanted,
}: {
  pointer: PointerCapture;
  wanted: boolean;
}): JSX.Element | null {
  if (!wanted || pointer.held.value !== 'no') return null;
  return (
    <p class="pointer-hint" data-testid="pointer-hint">
      <Icon name="mouse" />
      Click to give the game your mouse. <kbd>Esc</kbd> brings it back.
    </p>
  );
}
