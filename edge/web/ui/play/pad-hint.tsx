import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { Icon } from '../icons.tsx';

const SHOWN_MS = 4_000;

/** Says for a moment which gamepad plays whom, whenever that has changed. `lines`: of `padLines`. */
export function PadHint({ lines }: { lines: readonly string[] }): JSX.Element | null {
  const shown = useSignal<readonly string[]>([]);
  const known = useSignal(false);
  useEffect(() => {
    if (lines.length === 0 && !known.value) return undefined;
    known.value = true;
    shown.value = lines.length === 0 ? ['The gamepad is gone'] : lines;
    const timer = setTimeout(() => {
      shown.value = [];
    }, SHOWN_MS);
    return () => clearTimeout(timer);
  }, [lines.join()]);
  if (shown.value.length === 0) return null;
  return (
    <p class="pointer-hint pad-hint" role="status" data-testid="pad-hint">
      <Icon name="gamepad" />
      <span>
        {shown.value.map(line => (
          <span key={line}>{line}</span>
        ))}
      </span>
    </p>
  );
}
