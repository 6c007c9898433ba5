import type { JSX } from 'preact';
import { emailSchema, passwordSchema } from '#shared/api/accounts.ts';
import { myAccountApi } from '#shared/api/my-account.ts';
import { checkField, textOf } from '../../app/forms.ts';
import { Field } from '../field.tsx';
import { useServices } from '../services-context.ts';
import type { Account } from './account.ts';

/** For guests: makes the account one to come back to. */
export function ClaimSection({ account }: { account: Account }): JSX.Element {
  const { access, api } = useServices();
  const claim = (form: FormData) => async () => {
    const [email, password] = [textOf(form, 'email'), textOf(form, 'password')];
    checkField(emailSchema, email, 'Give an e-mail address like name@example.org.');
    checkField(passwordSchema, password, 'A password has 10 to 200 characters.');
    await api.call(myAccountApi.claim, { body: { email, password } });
    await access.refresh();
  };
  return (
    <form
      class="panel"
      noValidate
      aria-labelledby="claim-title"
      onSubmit={event => {
        event.preventDefault();
        account.change(claim(new FormData(event.currentTarget)));
      }}
    >
      <h2 id="claim-title" class="panel-title">
        Keep this account
      </h2>
      <p class="muted">
        You play as a guest, on this device only. With an e-mail address and a password the account is yours
        anywhere, with all that it has.
      </p>
      <Field label="E-mail address" name="email" type="email" autocomplete="email" testId="claim-email" />
      <Field
        label="Password"
        hint="10 characters at least"
        name="password"
        type="password"
        autocomplete="new-password"
        testId="claim-password"
      />
      <button type="submit" class="button button-primary" data-testid="claim-submit" disabled={account.busy}>
        Keep it
      </button>
    </form>
  );
}
