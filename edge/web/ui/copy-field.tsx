import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useId } from 'preact/hooks';
import { Icon } from './icons.tsx';

const COPIED_FOR_MS = 1_600;

/** A link that is there to be given away. */
export function CopyField({
  label,
  url,
  testId,
}: {
  label: string;
  url: string;
  testId: string;
}): JSX.Element {
  const id = useId();
  const copied = useSignal(false);
  const copy = async () => {
    const field = document.getElementById(id);
    if (field instanceof HTMLInputElement) field.select();
    try {
      await navigator.clipboard.writeText(url);
      copied.value = true;
      setTimeout(() => {
        copied.value = false;
      }, COPIED_FOR_MS);
    } catch {
      // Refused by the browser: the link stands selected, Ctrl+C copies it.
    }
  };
  return (
    <div class="copy-field">
      <label for={id}>{label}</label>
      <input
        id={id}
        class="input"
        readOnly
        value={url}
        data-testid={testId}
        onFocus={event => event.currentTarget.select()}
      />
      <button type="button" class="button button-small" onClick={() => void copy()}>
        <Icon name={copied.value ? 'check' : 'copy'} />
        <span aria-live="polite">{copied.value ? 'Copied' : 'Copy'}</span>
      </button>
    </div>
  );
}
