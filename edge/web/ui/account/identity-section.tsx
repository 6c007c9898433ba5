import type { JSX } from 'preact';
import { type Identity, oidcApi } from '#shared/api/oidc.ts';
import { pathOf } from '../../app/router.ts';
import { useServices } from '../services-context.ts';
import { sayDay } from '../words.ts';
import type { Account } from './account.ts';

export interface IdentitySectionProps {
  account: Account;
  /** Null: none is set up. */
  provider: { name: string } | null;
  identities: Identity[];
}

export function IdentitySection({ account, provider, identities }: IdentitySectionProps): JSX.Element | null {
  const { api } = useServices();
  if (provider === null && identities.length === 0) return null;
  const link = async () => {
    const body = { returnTo: pathOf({ page: 'account' }) };
    const { location } = await api.call(oidcApi.link, { body });
    window.location.assign(location);
  };
  return (
    <section class="panel" aria-labelledby="identities-title">
      <h2 id="identities-title" class="panel-title">
        {provider?.name ?? 'Sign-in service'}
      </h2>
      <ul class="account-list" data-testid="identities">
        {identities.map(identity => (
          <li key={identity.id} class="account-item">
            <div class="account-item-text">
              <strong>{identity.email ?? new URL(identity.issuer).host}</strong>
              <span class="muted">
                Linked {sayDay(identity.createdAt)}, last used {sayDay(identity.lastUsedAt)}
              </span>
            </div>
            <button
              type="button"
              class="button button-danger button-small"
              data-testid="identity-unlink"
              disabled={account.busy}
              onClick={() => account.change(() => api.call(oidcApi.unlink, { params: { id: identity.id } }))}
            >
              Unlink
            </button>
          </li>
        ))}
      </ul>
      {provider !== null && identities.length === 0 && (
        <button
          type="button"
          class="button"
          data-testid="identity-link"
          disabled={account.busy}
          onClick={() => account.change(link)}
        >
          Link {provider.name}
        </button>
      )}
    </section>
  );
}
