import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { type Passkey, passkeysApi } from '#shared/api/passkeys.ts';
import { Icon } from '../icons.tsx';
import { useServices } from '../services-context.ts';
import { sayDay } from '../words.ts';
import type { Account } from './account.ts';

export function PasskeySection({
  account,
  passkeys,
}: {
  account: Account;
  passkeys: Passkey[];
}): JSX.Element {
  const services = useServices();
  return (
    <section class="panel" aria-labelledby="passkeys-title">
      <h2 id="passkeys-title" class="panel-title">
        Passkeys
      </h2>
      <p class="muted">Sign in by fingerprint, face or PIN instead of the password.</p>
      <ul class="account-list" data-testid="passkeys">
        {passkeys.map(passkey => (
          <PasskeyItem key={passkey.id} account={account} passkey={passkey} />
        ))}
      </ul>
      {services.passkeys.supported ? (
        <button
          type="button"
          class="button"
          data-testid="passkey-add"
          disabled={account.busy}
          onClick={() => account.change(() => services.passkeys.add())}
        >
          <Icon name="key" />
          Add a passkey
        </button>
      ) : (
        <p class="muted">This browser does not know passkeys.</p>
      )}
    </section>
  );
}

function PasskeyItem({ account, passkey }: { account: Account; passkey: Passkey }): JSX.Element {
  const { api } = useServices();
  const renaming = useSignal(false);
  const params = { id: passkey.id };
  const rename = (name: string) => {
    renaming.value = false;
    if (name.trim() === '' || name.trim() === passkey.name) return;
    account.change(() => api.call(passkeysApi.rename, { params, body: { name } }));
  };
  return (
    <li class="account-item">
      <div class="account-item-text">
        {renaming.value ? (
          <form
            class="row"
            onSubmit={event => {
              event.preventDefault();
              rename(String(new FormData(event.currentTarget).get('name') ?? ''));
            }}
          >
            <input class="input" name="name" aria-label="Name" maxLength={60} value={passkey.name} />
            <button type="submit" class="button button-small">
              Save
            </button>
          </form>
        ) : (
          <strong data-testid="passkey-name">{passkey.name}</strong>
        )}
        <span class="muted">
          Added {sayDay(passkey.createdAt)},{' '}
          {passkey.lastUsedAt ? `last used ${sayDay(passkey.lastUsedAt)}` : 'not used yet'}
          {passkey.backedUp ? ', synced between devices' : ''}
        </span>
        {passkey.cloneSuspected && (
          <span class="form-error">
            Somebody may hold a copy of this passkey: better remove it and add a new one.
          </span>
        )}
      </div>
      {!renaming.value && (
        <button
          type="button"
          class="button button-plain button-small"
          onClick={() => {
            renaming.value = true;
          }}
        >
          Rename
        </button>
      )}
      <button
        type="button"
        class="button button-danger button-small"
        data-testid="passkey-remove"
        disabled={account.busy}
        onClick={() => account.change(() => api.call(passkeysApi.remove, { params }))}
      >
        Remove
      </button>
    </li>
  );
}
