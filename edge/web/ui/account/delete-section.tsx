import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import type { User } from '#shared/api/accounts.ts';
import { myAccountApi } from '#shared/api/my-account.ts';
import { textOf } from '../../app/forms.ts';
import { showCut } from '../../app/live-notices.ts';
import { Field } from '../field.tsx';
import { useServices } from '../services-context.ts';
import type { Account } from './account.ts';
import { SectionForm } from './section-form.tsx';

/** The way out for good, behind a step more than the others. */
export function DeleteSection({ account, user }: { account: Account; user: User }): JSX.Element {
  const { access, api, notices } = useServices();
  const open = useSignal(false);
  if (!open.value) {
    return (
      <div>
        <button
          type="button"
          class="button button-plain"
          data-testid="delete-open"
          onClick={() => {
            open.value = true;
          }}
        >
          Delete the account
        </button>
      </div>
    );
  }
  return (
    <SectionForm
      account={account}
      title="Delete the account"
      text="Friends, clubs, saved games and credits are gone for good. Nobody can bring them back."
      submit="Delete it for good"
      testId="delete"
      dangerous
      work={async form => {
        const password = textOf(form, 'password');
        await api.call(myAccountApi.delete, { body: password === '' ? {} : { password } });
        access.signOut();
        showCut(notices, 'account_deleted');
        return '';
      }}
    >
      {!user.guest && (
        <Field
          label="Password"
          hint="Empty if you have none"
          name="password"
          type="password"
          autocomplete="current-password"
          testId="delete-password"
        />
      )}
    </SectionForm>
  );
}
