import type { ComponentChildren, JSX } from 'preact';
import { useId, useRef } from 'preact/hooks';
import { useAction } from '../ui/use-action.ts';
import { describeError } from '../ui/words.ts';

export interface ActButtonProps {
  label: string;
  /** What it does, in a sentence. */
  text: string;
  danger?: boolean;
  /** Fields beside the reason. */
  children?: ComponentChildren;
  act: (reason: string, fields: FormData) => Promise<unknown>;
  done: () => void;
  testId: string;
}

/** A button for an act: it asks why first, since every act is in the audit log with its reason. */
export function ActButton({
  label,
  text,
  danger = false,
  children,
  act,
  done,
  testId,
}: ActButtonProps): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  const run = useAction(async (form: HTMLFormElement) => {
    const fields = new FormData(form);
    await act(String(fields.get('reason')), fields);
    form.reset();
    dialog.current?.close();
    done();
  });
  const look = danger ? 'button button-small button-danger' : 'button button-small';
  return (
    <>
      <button
        type="button"
        class={look}
        data-testid={testId}
        onClick={() => {
          run.clear();
          dialog.current?.showModal();
        }}
      >
        {label}
      </button>
      <dialog ref={dialog} class="panel panel-narrow" aria-labelledby={`${id}-title`}>
        <form
          class="admin-form"
          onSubmit={event => {
            event.preventDefault();
            run.run(event.currentTarget);
          }}
        >
          <h2 class="panel-title" id={`${id}-title`}>
            {label}
          </h2>
          <p class="muted">{text}</p>
          {children}
          <div class="field">
            <label for={`${id}-reason`}>Reason</label>
            <input
              id={`${id}-reason`}
              class="input"
              name="reason"
              required
              maxLength={500}
              autocomplete="off"
              data-testid={`${testId}-reason`}
            />
          </div>
          <p class="form-error" role="alert">
            {run.error ? describeError(run.error) : ''}
          </p>
          <div class="row">
            <button type="submit" class={look} disabled={run.busy} data-testid={`${testId}-confirm`}>
              {label}
            </button>
            <button
              type="button"
              class="button button-small button-plain"
              onClick={() => dialog.current?.close()}
            >
              Cancel
            </button>
          </div>
        </form>
      </dialog>
    </>
  );
}
