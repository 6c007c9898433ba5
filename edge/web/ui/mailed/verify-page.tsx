import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { accountsApi } from '#shared/api/accounts.ts';
import { useServices } from '../services-context.ts';
import { useAction } from '../use-action.ts';
import { FormPage } from './form-page.tsx';

/** Where a mailed link leads that verifies an address. It waits for a click: mail scanners follow links too. */
export function VerifyPage({ token }: { token: string }): JSX.Element {
  const { access, api } = useServices();
  const done = useSignal<string | null>(null);
  const verify = useAction(async () => {
    const { email } = await api.call(accountsApi.verifyEmail, { body: { token } });
    done.value = `Thank you: ${email} is verified.`;
    if (access.state.peek().kind === 'in') await access.refresh().catch(() => {});
  });
  return (
    <FormPage
      title="Verify your address"
      text="One click, and we know that this e-mail address is yours."
      submit="Verify"
      testId="verify"
      action={verify}
      done={done.value}
    />
  );
}
