import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useId } from 'preact/hooks';
import { useAction } from '../use-action.ts';
import { describeError } from '../words.ts';

export interface CodeFormProps {
  label: string;
  placeholder: string;
  action: string;
  testId: string;
  submit: (code: string) => Promise<void>;
}

/** A code that somebody gave, and what it is good for. */
export function CodeForm({ label, placeholder, action, testId, submit }: CodeFormProps): JSX.Element {
  const id = useId();
  const code = useSignal('');
  const send = useAction(async () => {
    await submit(code.peek());
    code.value = '';
  });
  return (
    <form
      class="code-form"
      onSubmit={event => {
        event.preventDefault();
        send.run();
      }}
    >
      <label class="visually-hidden" for={id}>
        {label}
      </label>
      <input
        id={id}
        class="input"
        required
        maxLength={20}
        autocomplete="off"
        autocapitalize="characters"
        spellcheck={false}
        placeholder={placeholder}
        value={code.value}
        aria-describedby={`${id}-error`}
        data-testid={`${testId}-input`}
        onInput={event => {
          code.value = event.currentTarget.value;
          send.clear();
        }}
      />
      <button type="submit" class="button" disabled={send.busy} data-testid={`${testId}-submit`}>
        {action}
      </button>
      <p id={`${id}-error`} class="form-error" role="alert">
        {send.error ? describeError(send.error) : ''}
      </p>
    </form>
  );
}
