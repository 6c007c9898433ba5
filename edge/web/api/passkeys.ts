import { asNearcadeError } from '#shared/api/client.ts';
import { type PasskeyAssertion, passkeysApi } from '#shared/api/passkeys.ts';
import { NearcadeError } from '#shared/errors.ts';
import type { Access } from './access.ts';
import type { ApiClient } from './client.ts';

/** What passkeys do in this browser. The ceremonies' code is fetched when one begins: the first page goes without. */
export class Passkeys {
  readonly #api: ApiClient;
  readonly #access: Access;

  constructor(api: ApiClient, access: Access) {
    this.#api = api;
    this.#access = access;
  }

  /** Whether this browser knows passkeys; they need https or localhost. */
  get supported(): boolean {
    return typeof PublicKeyCredential === 'function';
  }

  /** Signs in with a passkey that the player chooses. */
  async signIn(): Promise<void> {
    await this.#access.signIn(passkeysApi.signIn, { body: { credential: await this.#assert() } });
  }

  /** Shows with a passkey that it is still the player. */
  async prove(): Promise<void> {
    await this.#api.call(passkeysApi.prove, { body: { credential: await this.#assert() } });
  }

  /** Makes a passkey for the account that is signed in. */
  async add(): Promise<void> {
    const optionsJSON = await this.#api.call(passkeysApi.beginRegistration, {});
    const { startRegistration } = await load();
    const credential = await inBrowser(() => startRegistration({ optionsJSON }));
    await this.#api.call(passkeysApi.register, { body: { credential } });
  }

  async #assert(): Promise<PasskeyAssertion> {
    const optionsJSON = await this.#api.call(passkeysApi.beginSignIn, {});
    const { startAuthentication } = await load();
    return inBrowser(() => startAuthentication({ optionsJSON }));
  }
}

async function load(): Promise<typeof import('@simplewebauthn/browser')> {
  try {
    return await import('@simplewebauthn/browser');
  } catch (cause) {
    throw asNearcadeError(cause);
  }
}

/** What the browser throws, in our words. It does not tell whether the player cancelled or has no passkey (WebAuthn, 14.5.2). */
async function inBrowser<T>(ceremony: () => Promise<T>): Promise<T> {
  try {
    return await ceremony();
  } catch (cause) {
    const name = cause instanceof Error ? cause.name : '';
    if (name === 'InvalidStateError') {
      throw new NearcadeError('passkey_exists', 'This device has a passkey for your account already', {
        cause,
      });
    }
    throw new NearcadeError('passkey_invalid', 'No passkey was used', { cause });
  }
}
