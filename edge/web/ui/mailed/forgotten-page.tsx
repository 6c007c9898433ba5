import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { accountsApi, emailSchema } from '#shared/api/accounts.ts';
import { checkField, textOf } from '../../app/forms.ts';
import { Field } from '../field.tsx';
import { useServices } from '../services-context.ts';
import { useAction } from '../use-action.ts';
import { FormPage } from './form-page.tsx';

export function ForgottenPage(): JSX.Element {
  const { api } = useServices();
  const done = useSignal<string | null>(null);
  const ask = useAction(async (form: FormData) => {
    const email = textOf(form, 'email');
    checkField(emailSchema, email, 'Give an e-mail address like name@example.org.');
    await api.call(accountsApi.forgotPassword, { body: { email } });
    done.value =
      'If there is an account with this address, a mail is on its way. Its link works for one hour.';
  });
  return (
    <FormPage
      title="Forgotten your password?"
      text="Tell us your e-mail address, and we send you a link to set a new one."
      submit="Send the link"
      testId="forgotten"
      action={ask}
      done={done.value}
    >
      <Field
        label="E-mail address"
        name="email"
        type="email"
        autocomplete="username"
        testId="forgotten-email"
      />
    </FormPage>
  );
}
