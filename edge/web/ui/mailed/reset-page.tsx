import type { JSX } from 'preact';
import { passwordSchema } from '#shared/api/accounts.ts';
import { checkField, textOf } from '../../app/forms.ts';
import { Field } from '../field.tsx';
import { useServices } from '../services-context.ts';
import { useAction } from '../use-action.ts';
import { FormPage } from './form-page.tsx';

/** Where a mailed link leads that sets a new password; it signs in as well. */
export function ResetPage({ token }: { token: string }): JSX.Element {
  const { api, router } = useServices();
  const reset = useAction(async (form: FormData) => {
    const password = textOf(form, 'password');
    checkField(passwordSchema, password, 'A password has 10 to 200 characters.');
    await api.resetPassword(token, password);
    router.go({ page: 'library' }, true);
  });
  return (
    <FormPage
      title="Set a new password"
      text="You will be signed in here, and signed out everywhere else."
      submit="Set the password"
      testId="reset"
      action={reset}
      done={null}
    >
      <Field
        label="New password"
        hint="10 characters at least"
        name="password"
        type="password"
        autocomplete="new-password"
        testId="reset-password"
      />
    </FormPage>
  );
}
