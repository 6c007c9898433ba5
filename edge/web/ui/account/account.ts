import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { type DeviceSignIn, myAccountApi } from '#shared/api/my-account.ts';
import { type Identity, oidcApi, type SignInMethods } from '#shared/api/oidc.ts';
import { type Passkey, passkeysApi } from '#shared/api/passkeys.ts';
import { NearcadeError } from '#shared/errors.ts';
import type { ApiClient } from '../../api/client.ts';
import { useServices } from '../services-context.ts';
import { useAction } from '../use-action.ts';

/** What the account page shows. */
export interface AccountView {
  methods: SignInMethods;
  passkeys: Passkey[];
  identities: Identity[];
  devices: DeviceSignIn[];
}

export interface Account {
  /** Null until it was read. */
  readonly view: AccountView | null;
  readonly busy: boolean;
  readonly error: NearcadeError | null;
  /** What waits until the player has shown that it is they. */
  readonly waiting: Work | null;
  /** Does something and reads the account again. */
  change(work: Work): void;
  /** The proof was given: goes on with what waits. */
  goOn(): void;
  /** The player would rather not. */
  giveUp(): void;
}

type Work = () => Promise<unknown>;

export function useAccount(): Account {
  const { access, api, signInError } = useServices();
  const view = useSignal<AccountView | null>(null);
  const waiting = useSignal<Work | null>(null);
  const act = useAction(async (work: Work) => {
    waiting.value = null;
    try {
      await work();
    } catch (error) {
      if (!(error instanceof NearcadeError) || error.code !== 'proof_needed') throw error;
      waiting.value = work;
      return;
    }
    // What was done may have been the end of this sign-in.
    if (access.state.peek().kind === 'in') view.value = await read(api);
  });
  useEffect(() => act.run(async () => {}), []);
  return {
    view: view.value,
    busy: act.busy,
    error: act.error,
    waiting: waiting.value,
    change: work => {
      signInError.value = null;
      act.run(work);
    },
    goOn: () => {
      const work = waiting.peek();
      if (work !== null) act.run(work);
    },
    giveUp: () => {
      waiting.value = null;
    },
  };
}

async function read(api: ApiClient): Promise<AccountView> {
  const [methods, { passkeys }, { identities }, { items: devices }] = await Promise.all([
    api.call(oidcApi.methods, {}),
    api.call(passkeysApi.list, {}),
    api.call(oidcApi.identities, {}),
    api.call(myAccountApi.signIns, {}),
  ]);
  return { methods, passkeys, identities, devices };
}
