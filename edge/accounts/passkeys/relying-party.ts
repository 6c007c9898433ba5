import type { Settings } from '#edge/env.ts';
import { publicOrigin } from '#edge/http/public-origin.ts';
import { NearcadeError } from '#shared/errors.ts';

/** Who passkeys are made for (WebAuthn, 4, "Relying Party"). */
export interface RelyingParty {
  /** The domain that a passkey works at. */
  id: string;
  name: string;
  /** Origin of the page that asks for it. */
  origin: string;
}

type PartySettings = Pick<Settings, 'PUBLIC_URL' | 'RP_ID'>;

/** Undefined where passkeys don't work: at an address that is no domain. */
export function relyingParty(settings: PartySettings, requestUrl: string): RelyingParty | undefined {
  const origin = publicOrigin(settings, requestUrl);
  const id = settings.RP_ID ?? new URL(origin).hostname;
  const isAddress = /^[\d.]+$|^\[/.test(id);
  return isAddress ? undefined : { id, name: 'Nearcade', origin };
}

/** As `relyingParty`; throws `sign_in_method_unavailable`. */
export function requireRelyingParty(settings: PartySettings, requestUrl: string): RelyingParty {
  const party = relyingParty(settings, requestUrl);
  if (party === undefined) {
    throw new NearcadeError(
      'sign_in_method_unavailable',
      'Passkeys need an address that is a domain, such as localhost',
    );
  }
  return party;
}
