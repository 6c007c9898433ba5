import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { pathOf as addressOf } from '#shared/api/endpoint.ts';
import { oidcApi, type SignInMethods } from '#shared/api/oidc.ts';
import { Icon } from './icons.tsx';
import { useServices } from './services-context.ts';
import type { Action } from './use-action.ts';

/** The ways to sign in beside the password, as far as platform and browser have them. */
export function OtherSignInMethods({ passkey }: { passkey: Action<[]> }): JSX.Element | null {
  const { api, passkeys } = useServices();
  const methods = useSignal<SignInMethods | null>(null);
  useEffect(() => {
    // Without an answer there is the password still.
    void api.call(oidcApi.methods, {}).then(
      answer => {
        methods.value = answer;
      },
      () => {},
    );
  }, []);
  const offersPasskey = methods.value?.passkey === true && passkeys.supported;
  const oidc = methods.value?.oidc ?? null;
  if (!offersPasskey && oidc === null) return null;
  return (
    <div class="sign-in-others">
      {offersPasskey && (
        <button
          type="button"
          class="button button-wide"
          data-testid="signin-passkey"
          disabled={passkey.busy}
          onClick={() => passkey.run()}
        >
          <Icon name="key" />
          Sign in with a passkey
        </button>
      )}
      {oidc && (
        <a
          class="button button-wide"
          data-testid="signin-oidc"
          href={addressOf(oidcApi.start, {}, { returnTo: window.location.pathname + window.location.search })}
        >
          Sign in with {oidc.name}
        </a>
      )}
    </div>
  );
}
