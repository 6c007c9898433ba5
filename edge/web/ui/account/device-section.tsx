import type { JSX } from 'preact';
import { type DeviceSignIn, myAccountApi } from '#shared/api/my-account.ts';
import { useServices } from '../services-context.ts';
import { sayDay } from '../words.ts';
import type { Account } from './account.ts';

export interface DeviceSectionProps {
  account: Account;
  devices: DeviceSignIn[];
  /** Also on this one: a guest could not come back. */
  mayLeaveAll: boolean;
}

export function DeviceSection({ account, devices, mayLeaveAll }: DeviceSectionProps): JSX.Element {
  const { access, api } = useServices();
  return (
    <section class="panel" aria-labelledby="devices-title">
      <h2 id="devices-title" class="panel-title">
        Signed in on
      </h2>
      <ul class="account-list" data-testid="devices">
        {devices.map(({ id, device, createdAt, lastUsedAt, current }) => (
          <li key={id} class="account-item">
            <div class="account-item-text">
              <strong>{device}</strong>
              <span class="muted">
                {current ? 'This device' : `Last used ${sayDay(lastUsedAt)}`}, since {sayDay(createdAt)}
              </span>
            </div>
            {!current && (
              <button
                type="button"
                class="button button-small"
                disabled={account.busy}
                onClick={() => account.change(() => api.call(myAccountApi.endSignIn, { params: { id } }))}
              >
                Sign out
              </button>
            )}
          </li>
        ))}
      </ul>
      <div class="row">
        {devices.length > 1 && (
          <button
            type="button"
            class="button"
            data-testid="sign-out-others"
            disabled={account.busy}
            onClick={() =>
              account.change(() => api.call(myAccountApi.endSignIns, { query: { which: 'others' } }))
            }
          >
            Sign out everywhere else
          </button>
        )}
        {mayLeaveAll && (
          <button
            type="button"
            class="button"
            data-testid="sign-out-all"
            disabled={account.busy}
            onClick={() =>
              account.change(async () => {
                await api.call(myAccountApi.endSignIns, { query: { which: 'all' } });
                access.signOut();
              })
            }
          >
            Sign out everywhere
          </button>
        )}
      </div>
    </section>
  );
}
