import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { Header } from '../header.tsx';
import { useServices } from '../services-context.ts';
import { describeCode, describeError } from '../words.ts';
import { useAccount } from './account.ts';
import { ClaimSection } from './claim-section.tsx';
import { DeleteSection } from './delete-section.tsx';
import { DeviceSection } from './device-section.tsx';
import { IdentitySection } from './identity-section.tsx';
import { PasskeySection } from './passkey-section.tsx';
import { EmailSection, NameSection, PasswordSection } from './profile-section.tsx';
import { ProofPanel } from './proof-panel.tsx';
import { VerifyNotice } from './verify-notice.tsx';

/** How a player signs in to their account, and where. */
export function AccountPage(): JSX.Element {
  const { access, signInError } = useServices();
  const account = useAccount();
  useEffect(() => {
    document.title = 'Account · Nearcade';
  }, []);
  const state = access.state.value;
  const user = state.kind === 'in' ? state.user : null;
  const { view, waiting } = account;
  return (
    <>
      <Header />
      <main class="page account">
        <div class="page-head">
          <h1>Account</h1>
          <p class="muted">{user?.email ?? user?.displayName}</p>
        </div>
        <div role="alert">
          {account.error && (
            <p class="notice notice-error" data-testid="account-error">
              {describeError(account.error)}
            </p>
          )}
          {!account.error && signInError.value && (
            <p class="notice notice-error" data-testid="account-error">
              {describeCode(signInError.value)}
            </p>
          )}
        </div>
        {waiting && <ProofPanel account={account} />}
        {view && (
          <>
            {user?.guest && <ClaimSection account={account} />}
            {user?.email && !user.emailVerified && <VerifyNotice account={account} />}
            {user && <NameSection account={account} user={user} />}
            {user && !user.guest && <EmailSection account={account} user={user} />}
            {user && !user.guest && <PasswordSection account={account} />}
            {view.methods.passkey && <PasskeySection account={account} passkeys={view.passkeys} />}
            <IdentitySection account={account} provider={view.methods.oidc} identities={view.identities} />
            <DeviceSection account={account} devices={view.devices} mayLeaveAll={user?.guest === false} />
            {user && <DeleteSection account={account} user={user} />}
          </>
        )}
      </main>
    </>
  );
}
