import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { displayNameSchema, emailSchema, passwordSchema } from '#shared/api/accounts.ts';
import { NearcadeError } from '#shared/errors.ts';
import { Brand } from './brand.tsx';
import { Field } from './field.tsx';
import { useServices } from './services-context.ts';
import { OtherSignInMethods } from './sign-in-methods.tsx';
import { useAction } from './use-action.ts';
import { describeCode, describeError } from './words.ts';

export function SignInPage(): JSX.Element {
  const { api, passkeys, signInError } = useServices();
  const registering = useSignal(false);
  const submit = useAction(async (form: FormData) => {
    signInError.value = null;
    const email = text(form, 'email');
    const password = text(form, 'password');
    if (registering.peek()) {
      const name = text(form, 'name');
      check(emailSchema.safeParse(email).success, 'Give an e-mail address like name@example.org.');
      check(passwordSchema.safeParse(password).success, 'A password has 10 to 200 characters.');
      check(displayNameSchema.safeParse(name).success, 'Give a name of up to 40 characters.');
      await api.register(email, password, name);
    } else {
      await api.login(email, password);
    }
  });
  const passkey = useAction(() => {
    signInError.value = null;
    submit.clear();
    return passkeys.signIn();
  });
  const failure = submit.error ?? passkey.error;
  const toggle = () => {
    passkey.clear();
    registering.value = !registering.value;
    submit.clear();
  };
  return (
    <main class="sign-in">
      <section class="sign-in-hero">
        <Brand />
        <h1>Real games. No download. Right here.</h1>
        <p>
          Pick a game and it is on your screen a second later. Send a link, and a friend takes the second seat
          or watches.
        </p>
      </section>
      <form
        class="panel sign-in-form"
        noValidate
        aria-labelledby="sign-in-title"
        onSubmit={event => {
          event.preventDefault();
          passkey.clear();
          submit.run(new FormData(event.currentTarget));
        }}
      >
        <h2 id="sign-in-title" class="panel-title">
          {registering.value ? 'Create an account' : 'Sign in'}
        </h2>
        {registering.value && (
          <Field
            label="Name"
            hint="Other players see it"
            name="name"
            autocomplete="nickname"
            testId="register-name"
          />
        )}
        <Field
          label="E-mail address"
          name="email"
          type="email"
          autocomplete={registering.value ? 'email' : 'username'}
          testId="signin-email"
        />
        <Field
          label="Password"
          {...(registering.value ? { hint: '10 characters at least' } : {})}
          name="password"
          type="password"
          autocomplete={registering.value ? 'new-password' : 'current-password'}
          testId="signin-password"
        />
        <p class="form-error" role="alert" data-testid="signin-error">
          {failure ? describeError(failure) : signInError.value ? describeCode(signInError.value) : ''}
        </p>
        <button
          type="submit"
          class="button button-primary button-wide"
          data-testid="signin-submit"
          disabled={submit.busy}
        >
          {submit.busy ? <span class="spinner spinner-small" /> : null}
          {registering.value ? 'Create account' : 'Sign in'}
        </button>
        <button
          type="button"
          class="button button-plain button-wide"
          data-testid="register-toggle"
          onClick={toggle}
        >
          {registering.value ? 'I have an account' : 'New here? Create an account'}
        </button>
        <OtherSignInMethods passkey={passkey} />
      </form>
    </main>
  );
}

function text(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === 'string' ? value : '';
}

function check(holds: boolean, otherwise: string): void {
  if (!holds) throw new NearcadeError('invalid_request', otherwise);
}
