import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { myAccountApi } from '#shared/api/my-account.ts';
import { useServices } from '../services-context.ts';
import type { Account } from './account.ts';

/** For who has not shown yet that they read their address. */
export function VerifyNotice({ account }: { account: Account }): JSX.Element {
  const { api } = useServices();
  const sent = useSignal(false);
  const resend = async () => {
    await api.call(myAccountApi.resendVerification, {});
    sent.value = true;
  };
  return (
    <p class="notice" data-testid="verify-notice">
      {sent.value
        ? 'Another mail is on its way.'
        : 'Your e-mail address is not verified yet: open the link in the mail that we sent you.'}
      {!sent.value && (
        <button
          type="button"
          class="button button-small"
          data-testid="verify-resend"
          disabled={account.busy}
          onClick={() => account.change(resend)}
        >
          Send it again
        </button>
      )}
    </p>
  );
}
