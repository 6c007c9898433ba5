import type { JSX } from 'preact';
import { displayNameSchema, emailSchema, passwordSchema, type User } from '#shared/api/accounts.ts';
import { myAccountApi } from '#shared/api/my-account.ts';
import { checkField, textOf } from '../../app/forms.ts';
import { Field } from '../field.tsx';
import { useServices } from '../services-context.ts';
import type { Account } from './account.ts';
import { SectionForm } from './section-form.tsx';

/** The name that others see. */
export function NameSection({ account, user }: { account: Account; user: User }): JSX.Element {
  const { access, api } = useServices();
  return (
    <SectionForm
      account={account}
      title="Name"
      submit="Change the name"
      testId="rename"
      work={async form => {
        const displayName = textOf(form, 'name');
        checkField(displayNameSchema, displayName, 'Give a name of up to 40 characters.');
        await api.call(myAccountApi.rename, { body: { displayName } });
        await access.refresh();
        return 'Saved.';
      }}
    >
      <Field
        label="Name"
        hint="Other players see it"
        name="name"
        autocomplete="nickname"
        testId="rename-name"
        value={user.displayName}
      />
    </SectionForm>
  );
}

/** The address that the account is found by. */
export function EmailSection({ account, user }: { account: Account; user: User }): JSX.Element {
  const { api } = useServices();
  return (
    <SectionForm
      account={account}
      title="E-mail address"
      text={
        user.email === null
          ? 'You have given none yet.'
          : `Now it is ${user.email}, until you verify another.`
      }
      submit="Change the address"
      testId="change-email"
      work={async form => {
        const email = textOf(form, 'email');
        checkField(emailSchema, email, 'Give an e-mail address like name@example.org.');
        await api.call(myAccountApi.changeEmail, { body: { email, ...given(form, 'password') } });
        return 'Open the link in the mail that we sent there.';
      }}
    >
      <Field
        label="New address"
        name="email"
        type="email"
        autocomplete="email"
        testId="change-email-address"
      />
      <Field
        label="Password"
        hint={NONE_YET}
        name="password"
        type="password"
        autocomplete="current-password"
        testId="change-email-password"
      />
    </SectionForm>
  );
}

export function PasswordSection({ account }: { account: Account }): JSX.Element {
  const { api } = useServices();
  return (
    <SectionForm
      account={account}
      title="Password"
      text="Every other device is signed out."
      submit="Change the password"
      testId="change-password"
      work={async form => {
        const newPassword = textOf(form, 'new');
        checkField(passwordSchema, newPassword, 'A password has 10 to 200 characters.');
        await api.call(myAccountApi.changePassword, {
          body: { newPassword, ...given(form, 'currentPassword') },
        });
        return 'Changed.';
      }}
    >
      <Field
        label="Password until now"
        hint={NONE_YET}
        name="currentPassword"
        type="password"
        autocomplete="current-password"
        testId="change-password-current"
      />
      <Field
        label="New password"
        hint="10 characters at least"
        name="new"
        type="password"
        autocomplete="new-password"
        testId="change-password-new"
      />
    </SectionForm>
  );
}

const NONE_YET = 'Empty if you have none yet';

/** The field under its own name, unless it was left empty. */
function given<K extends string>(form: FormData, name: K): { [P in K]?: string } {
  const value = textOf(form, name);
  return value === '' ? {} : ({ [name]: value } as { [P in K]?: string });
}
