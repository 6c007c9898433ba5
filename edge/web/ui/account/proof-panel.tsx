import type { JSX } from 'preact';
import { myAccountApi } from '#shared/api/my-account.ts';
import { Field } from '../field.tsx';
import { Icon } from '../icons.tsx';
import { useServices } from '../services-context.ts';
import { useAction } from '../use-action.ts';
import { describeProofError } from '../words.ts';
import type { Account } from './account.ts';

/** Asks the player to show that it is still they; then what they wanted goes on. */
export function ProofPanel({ account }: { account: Account }): JSX.Element {
  const { api, passkeys } = useServices();
  const prove = useAction(async (by: () => Promise<unknown>) => {
    await by();
    account.goOn();
  });
  const hasPasskey = passkeys.supported && (account.view?.passkeys.length ?? 0) > 0;
  return (
    <form
      class="panel"
      noValidate
      aria-labelledby="proof-title"
      onSubmit={event => {
        event.preventDefault();
        const password = String(new FormData(event.currentTarget).get('password') ?? '');
        prove.run(() => api.call(myAccountApi.prove, { body: { password } }));
      }}
    >
      <h2 id="proof-title" class="panel-title">
        Show that it is you
      </h2>
      <p class="muted">You signed in a while ago. Without a password, sign out and in again.</p>
      <Field
        label="Password"
        name="password"
        type="password"
        autocomplete="current-password"
        testId="proof-password"
      />
      <p class="form-error" role="alert">
        {prove.error ? describeProofError(prove.error) : ''}
      </p>
      <div class="row">
        <button type="submit" class="button button-primary" data-testid="proof-submit" disabled={prove.busy}>
          Go on
        </button>
        {hasPasskey && (
          <button
            type="button"
            class="button"
            data-testid="proof-passkey"
            disabled={prove.busy}
            onClick={() => prove.run(() => passkeys.prove())}
          >
            <Icon name="key" />
            By passkey
          </button>
        )}
        <button type="button" class="button button-plain" onClick={() => account.giveUp()}>
          Cancel
        </button>
      </div>
    </form>
  );
}
