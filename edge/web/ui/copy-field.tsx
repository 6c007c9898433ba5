import type { JSX } from 'preact';
import { useId } from 'preact/hooks';
import { Icon } from './icons.tsx';
import { useCopied } from './use-copied.ts';

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
  const { copied, copy } = useCopied(url);
  const selectAndCopy = () => {
    const field = document.getElementById(id);
    if (field instanceof HTMLInputElement) field.select();
    void copy();
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
      <button type="button" class="button button-small" onClick={selectAndCopy}>
        <Icon name={copied.value ? 'check' : 'copy'} />
        <span aria-live="polite">{copied.value ? 'Copied' : 'Copy'}</span>
      </button>
    </div>
  );
}
