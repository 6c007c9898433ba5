import { useSignal } from '@preact/signals';
import type { ComponentChildren, JSX } from 'preact';
import { useId } from 'preact/hooks';
import { NearcadeError } from '#shared/errors.ts';
import { useAction } from '../use-action.ts';
import { describeProofError } from '../words.ts';
import type { Account } from './account.ts';

export interface SectionFormProps {
  account: Account;
  title: string;
  text?: string;
  submit: string;
  testId: string;
  dangerous?: boolean;
  /** Answers what is said when it is done. What needs a proof waits for one. */
  work(form: FormData): Promise<string>;
  children?: ComponentChildren;
}

/** One thing to change about the account; says beside it how that went. */
export function SectionForm(props: SectionFormProps): JSX.Element {
  const { account, title, text, submit, testId, dangerous = false, work, children } = props;
  const id = useId();
  const done = useSignal('');
  const act = useAction(async (element: HTMLFormElement) => {
    const form = new FormData(element);
    done.value = '';
    const run = async () => {
      done.value = await work(form);
      element.reset();
    };
    try {
      await run();
    } catch (error) {
      if (!(error instanceof NearcadeError) || error.code !== 'proof_needed') throw error;
      account.change(run);
    }
  });
  return (
    <form
      class="panel"
      noValidate
      aria-labelledby={id}
      onSubmit={event => {
        event.preventDefault();
        act.run(event.currentTarget);
      }}
    >
      <h2 id={id} class="panel-title">
        {title}
      </h2>
      {text !== undefined && <p class="muted">{text}</p>}
      {children}
      <p class="form-error" role="alert" data-testid={`${testId}-error`}>
        {act.error ? describeProofError(act.error) : ''}
      </p>
      <div class="row account-submit">
        <button
          type="submit"
          class={dangerous ? 'button button-danger' : 'button'}
          data-testid={`${testId}-submit`}
          disabled={act.busy || account.busy}
        >
          {submit}
        </button>
        <span class="muted" role="status" data-testid={`${testId}-done`}>
          {done.value}
        </span>
      </div>
    </form>
  );
}
