import { and, eq, gt, lt, sql } from 'drizzle-orm';
import * as oauth from 'oauth4webapi';
import { SIGN_IN_BEGUN_TTL_S } from '#edge/accounts/browser-cookie.ts';
import { signInLasts } from '#edge/accounts/sign-ins.ts';
import { hashSecret, newSecret } from '#edge/http/secrets.ts';
import type { Services } from '#edge/services.ts';
import type { Database } from '#edge/store/database.ts';
import { oidcRequests } from '#edge/store/schema.ts';
import { NearcadeError } from '#shared/errors.ts';
import type { Journey, OidcProvider } from './provider.ts';

/** The provider of this platform; throws `sign_in_method_unavailable`. */
export function requireProvider({ oidc }: Pick<Services, 'oidc'>): OidcProvider {
  if (oidc === undefined)
    throw new NearcadeError('sign_in_method_unavailable', 'No sign-in service is set up');
  return oidc;
}

export const CALLBACK_PATH = '/v1/accounts/oidc/callback';

/** A journey that came back, and what it was begun for. */
export interface Returned {
  journey: Journey;
  returnTo: string;
  /** The sign-in whose account gets the identity; null: this is to be a sign-in itself. */
  linkSignInId: string | null;
}

/**
 * Begins a journey to the provider and answers where it goes. `browser`: who alone may come back
 * (accounts/browser-cookie.ts). Throws `oidc_failed`, or `unauthenticated` when the sign-in to link has ended.
 */
export async function beginJourney(
  services: Services,
  origin: string,
  browser: string,
  { returnTo, linkSignInId }: Omit<Returned, 'journey'>,
): Promise<string> {
  const journey: Journey = {
    redirectUri: origin + CALLBACK_PATH,
    state: newSecret(),
    nonce: newSecret(),
    codeVerifier: oauth.generateRandomCodeVerifier(),
  };
  const location = await requireProvider(services).authorizationUrl(journey, services.now());
  const { rows } = await services.db.execute(sql`
    insert into ${oidcRequests} (state_hash, holder_hash, nonce, code_verifier, return_to, link_sign_in_id, expires_at)
    select ${hashSecret(journey.state)}::text, ${browser}::text, ${journey.nonce}::text,
      ${journey.codeVerifier}::text, ${returnTo}::text, ${linkSignInId}::uuid,
      now() + make_interval(secs => ${SIGN_IN_BEGUN_TTL_S}::float8)
    where ${linkSignInId === null ? sql`true` : signInLasts(linkSignInId)}
    returning 1`);
  if (rows.length === 0) throw new NearcadeError('unauthenticated');
  return location;
}

/** The journey that `state` is of, once, and for the browser that began it. Throws `oidc_state_invalid`. */
export async function endJourney(
  db: Database,
  origin: string,
  browser: string,
  state: string,
): Promise<Returned> {
  const [row] = await db
    .delete(oidcRequests)
    .where(
      and(
        eq(oidcRequests.stateHash, hashSecret(state)),
        eq(oidcRequests.holderHash, browser),
        gt(oidcRequests.expiresAt, sql`now()`),
      ),
    )
    .returning();
  if (row === undefined) throw new NearcadeError('oidc_state_invalid');
  const { nonce, codeVerifier, returnTo, linkSignInId } = row;
  return {
    journey: { redirectUri: origin + CALLBACK_PATH, state, nonce, codeVerifier },
    returnTo,
    linkSignInId,
  };
}

export async function deleteOldJourneys(db: Database): Promise<void> {
  await db.delete(oidcRequests).where(lt(oidcRequests.expiresAt, sql`now()`));
}
