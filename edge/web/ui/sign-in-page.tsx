import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { displayNameSchema, emailSchema, passwordSchema } from '#shared/api/accounts.ts';
import { checkField, textOf } from '../app/forms.ts';
import { Brand } from './brand.tsx';
import { Field } from './field.tsx';
import { Link } from './link.tsx';
import { useServices } from './services-context.ts';
import { OtherSignInMethods } from './sign-in-methods.tsx';
import { useAction } from './use-action.ts';
import { describeCode, describeError } from './words.ts';

export function SignInPage(): JSX.Element {
  const { api, passkeys, signInError } = useServices();
  const registering = useSignal(false);
  const submit = useAction(async (form: FormData) => {
    signInError.value = null;
    const email = textOf(form, 'email');
    const password = textOf(form, 'password');
    if (registering.peek()) {
      const name = textOf(form, 'name');
      checkField(displayNameSchema, name, 'Give a name of up to 40 characters.');
      checkField(emailSchema, email, 'Give an e-mail address like name@example.org.');
      checkField(passwordSchema, password, 'A password has 10 to 200 characters.');
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
  const guest = useAction(() => {
    signInError.value = null;
    submit.clear();
    passkey.clear();
    return api.playAsGuest();
  });
  const failure = submit.error ?? passkey.error ?? guest.error;
  const toggle = () => {
    passkey.clear();
    guest.clear();
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
          guest.clear();
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
        {!registering.value && (
          <Link to={{ page: 'forgotten-password' }} class="button button-plain button-wide">
            Forgotten your password?
          </Link>
        )}
        <button
          type="button"
          class="button button-wide"
          data-testid="signin-guest"
          disabled={guest.busy}
          onClick={() => guest.run()}
        >
          Play as a guest
        </button>
        <OtherSignInMethods passkey={passkey} />
      </form>
    </main>
  );
}
