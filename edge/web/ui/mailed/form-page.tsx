import type { ComponentChildren, JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { Link } from '../link.tsx';
import type { Action } from '../use-action.ts';
import { describeError } from '../words.ts';

export interface FormPageProps {
  title: string;
  text: string;
  submit: string;
  testId: string;
  action: Action<[FormData]>;
  /** What is said instead of the form when it is done; null: not yet. */
  done: string | null;
  children?: ComponentChildren;
}

/** A page of one form, for who may be signed out. */
export function FormPage(props: FormPageProps): JSX.Element {
  const { title, text, submit, testId, action, done, children } = props;
  useEffect(() => {
    document.title = `${title} · Nearcade`;
  }, [title]);
  return (
    <main class="centre">
      <form
        class="panel panel-narrow sign-in-form"
        noValidate
        onSubmit={event => {
          event.preventDefault();
          action.run(new FormData(event.currentTarget));
        }}
      >
        <h1 class="panel-title">{title}</h1>
        {done === null ? (
          <>
            <p class="muted">{text}</p>
            {children}
            <p class="form-error" role="alert" data-testid={`${testId}-error`}>
              {action.error ? describeError(action.error) : ''}
            </p>
            <button
              type="submit"
              class="button button-primary button-wide"
              data-testid={`${testId}-submit`}
              disabled={action.busy}
            >
              {action.busy ? <span class="spinner spinner-small" /> : null}
              {submit}
            </button>
          </>
        ) : (
          <p role="status" data-testid={`${testId}-done`}>
            {done}
          </p>
        )}
        <Link to={{ page: 'library' }} class="button button-plain button-wide">
          {done === null ? 'Not now' : 'To Nearcade'}
        </Link>
      </form>
    </main>
  );
}
