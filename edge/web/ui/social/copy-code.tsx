import type { JSX } from 'preact';
import { Icon } from '../icons.tsx';
import { useCopied } from '../use-copied.ts';

export interface CopyCodeProps {
  label: string;
  code: string;
  testId: string;
}

/** A code to give out, in two halves as people read it, and by one press in the clipboard. */
export function CopyCode({ label, code, testId }: CopyCodeProps): JSX.Element {
  const half = Math.ceil(code.length / 2);
  const shown = `${code.slice(0, half)}-${code.slice(half)}`;
  const { copied, copy } = useCopied(shown);
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
