import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { Icon } from '../icons.tsx';

const COPIED_FOR_MS = 1_600;

export interface CopyCodeProps {
  label: string;
  code: string;
  testId: string;
}

/** A code to give out, in two halves as people read it, and by one press in the clipboard. */
export function CopyCode({ label, code, testId }: CopyCodeProps): JSX.Element {
  const copied = useSignal(false);
  const half = Math.ceil(code.length / 2);
  const shown = `${code.slice(0, half)}-${code.slice(half)}`;
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(shown);
      copied.value = true;
      setTimeout(() => {
        copied.value = false;
      }, COPIED_FOR_MS);
    } catch {
      // Refused by the browser: the code can be selected.
    }
  };
  return (
    <p class="copy-code">
      <span class="muted">{label}</span>
      <code data-testid={testId}>{shown}</code>
      <button type="button" class="icon-button" aria-label={`Copy: ${label}`} onClick={() => void copy()}>
        <Icon name={copied.value ? 'check' : 'copy'} />
      </button>
      <span class="visually-hidden" aria-live="polite">
        {copied.value ? 'Copied' : ''}
      </span>
    </p>
  );
}
