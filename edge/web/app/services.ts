import { type Signal, signal } from '@preact/signals';
import type { ErrorCode } from '#shared/errors.ts';
import { Access } from '../api/access.ts';
import { ApiClient } from '../api/client.ts';
import { Passkeys } from '../api/passkeys.ts';
import { AdmissionDesk } from '../session/admission-desk.ts';
import { Presence } from './presence.ts';
import { Router } from './router.ts';
import { takeSignInError } from './sign-in-error.ts';
import { VolumeSetting } from './volume.ts';

/** What the pages work with; made once, at the start of the app. */
export interface Services {
  access: Access;
  api: ApiClient;
  router: Router;
  desk: AdmissionDesk;
  presence: Presence;
  volume: VolumeSetting;
  passkeys: Passkeys;
  /** Why a journey to the sign-in service failed, until the player tries again. */
  signInError: Signal<ErrorCode | null>;
}

export function createServices(window: Window & typeof globalThis): Services {
  const fetcher: typeof fetch = (input, init) => window.fetch(input, init);
  const signInError = signal(takeSignInError(window));
  const access = new Access(fetcher);
  const api = new ApiClient(fetcher, access);
  return {
    access,
    api,
    router: new Router(window),
    desk: new AdmissionDesk(() => performance.now()),
    presence: new Presence(api, access),
    volume: new VolumeSetting(window.localStorage),
    passkeys: new Passkeys(api, access),
    signInError,
  };
}
