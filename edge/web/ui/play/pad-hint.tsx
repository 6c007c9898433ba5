import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { Gamepads } from '../../input/gamepads.ts';
import { Icon } from '../icons.tsx';

const SHOWN_MS = 4_000;

/** Says for a moment that a gamepad was found, or lost. */
export function PadHint({ pads, seat }: { pads: Gamepads; seat: number }): JSX.Element | null {
  const text = useSignal<string | null>(null);
  const known = useSignal(false);
  const name = pads.connected.value;
  useEffect(() => {
    if (name === null && !known.value) return undefined;
    known.value = true;
    text.value = name === null ? 'The gamepad is gone' : `Your gamepad plays seat ${seat}`;
    const timer = setTimeout(() => {
      text.value = null;
    }, SHOWN_MS);
    return () => clearTimeout(timer);
  }, [name, seat]);
  if (text.value === null) return null;
  return (
    <p class="pointer-hint" role="status" data-testid="pad-hint">
      <Icon name="gamepad" /> {text.value}
    </p>
  );
}
