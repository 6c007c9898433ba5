import { generateAuthenticationOptions, verifyAuthenticationResponse } from '@simplewebauthn/server';
import { type SQL, sql } from 'drizzle-orm';
import { log } from '#edge/http/log.ts';
import type { Services } from '#edge/services.ts';
import type { Database } from '#edge/store/database.ts';
import { passkeys } from '#edge/store/schema.ts';
import type { PasskeyAssertion, PasskeyRequestOptions } from '#shared/api/passkeys.ts';
import { NearcadeError } from '#shared/errors.ts';
import {
  CHALLENGE_TTL_S,
  type Challenge,
  challengeOf,
  keepChallenge,
  newChallenge,
  takeChallenge,
} from './challenges.ts';
import { userHandle } from './passkeys.ts';
import { refusal } from './refusal.ts';
import type { RelyingParty } from './relying-party.ts';

/** `browser`: who alone may answer (accounts/browser-cookie.ts). */
export async function beginPasskeySignIn(
  { db }: Services,
  party: RelyingParty,
  browser: string,
): Promise<PasskeyRequestOptions> {
  const challenge = newChallenge('sign_in', browser);
  await db.execute(keepChallenge(challenge));
  const {
    allowCredentials: _,
    extensions: __,
    hints: ___,
    ...options
  } = await generateAuthenticationOptions({
    rpID: party.id,
    challenge: new Uint8Array(Buffer.from(challenge.value, 'base64url')),
    timeout: CHALLENGE_TTL_S * 1000,
    userVerification: 'required',
  });
  return options as PasskeyRequestOptions;
}

/**
 * The account of the passkey that answered this browser's challenge. Throws `passkey_challenge_invalid`, `passkey_invalid` or
 * `passkey_cloned`.
 */
export async function userOfPasskey(
  { db }: Services,
  party: RelyingParty,
  browser: string,
  credential: PasskeyAssertion,
): Promise<string> {
  const value = challengeOf(credential.response.clientDataJSON);
  const challenge: Challenge = { value, ceremony: 'sign_in', holderHash: browser };
  const passkey = await takeChallengeAndFind(db, challenge, credential.id);
  const { counter, backedUp } = await verify(party, challenge, passkey, credential);
  return countUse(db, passkey, counter, backedUp);
}

interface StoredPasskey {
  id: string;
  userId: string;
  credentialId: string;
  publicKey: string;
}

async function takeChallengeAndFind(
  db: Database,
  challenge: Challenge,
  credentialId: string,
): Promise<StoredPasskey> {
  const { rows } = await db.execute<{ [K in keyof StoredPasskey]: StoredPasskey[K] | null }>(sql`
    with taken as (${takeChallenge(challenge)})
    select passkey.id, passkey.user_id as "userId", passkey.credential_id as "credentialId",
      passkey.public_key as "publicKey"
    from taken left join ${passkeys} as passkey on passkey.credential_id = ${credentialId}`);
  const [found] = rows;
  if (found === undefined) throw new NearcadeError('passkey_challenge_invalid');
  const { id, userId, publicKey } = found;
  if (id === null || userId === null || publicKey === null) {
    throw new NearcadeError('passkey_invalid', 'This passkey belongs to no account here');
  }
  return { id, userId, credentialId, publicKey };
}

async function verify(
  { id, origin }: RelyingParty,
  { value }: Challenge,
  { userId, credentialId, publicKey }: StoredPasskey,
  credential: PasskeyAssertion,
): Promise<{ counter: number; backedUp: boolean }> {
  const { userHandle: handle, ...response } = credential.response;
  // It names its owner whenever no user name was given (WebAuthn, 7.2, step 6).
  if (handle !== Buffer.from(userHandle(userId)).toString('base64url')) {
    throw refusal(new Error('it says that it is of another account'));
  }
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: { ...credential, response, clientExtensionResults: {} },
      expectedChallenge: value,
      expectedOrigin: origin,
      expectedRPID: id,
      requireUserVerification: true,
      // The counter is compared in Postgres, where two sign-ins at once can't both pass; only after the signature has proved it.
      credential: {
        id: credentialId,
        publicKey: new Uint8Array(Buffer.from(publicKey, 'base64url')),
        counter: 0,
      },
    });
    if (!verified) throw new Error('its signature is wrong');
    return { counter: authenticationInfo.newCounter, backedUp: authenticationInfo.credentialBackedUp };
  } catch (cause) {
    throw refusal(cause);
  }
}

/**
 * The passkey's owner, if its counter went up, or if it keeps none. One that went back or stood still is a sign of a copied
 * key, but no proof (WebAuthn, 6.1.1): this sign-in is refused and the owner is told; the passkey goes on working.
 */
async function countUse(
  db: Database,
  { id, userId }: StoredPasskey,
  counter: number,
  backedUp: boolean,
): Promise<string> {
  const wentUp = (before: SQL) =>
    sql`(${before} < ${counter}::bigint or (${before} = 0 and ${counter}::bigint = 0))`;
  const now = wentUp(sql`counter`);
  const { rows } = await db.execute<{ accepted: boolean }>(sql`
    update ${passkeys} set
      counter = greatest(counter, ${counter}::bigint),
      last_used_at = case when ${now} then now() else last_used_at end,
      clone_suspected_at = case when ${now} then clone_suspected_at else coalesce(clone_suspected_at, now()) end,
      backed_up = ${backedUp}::boolean
    where id = ${id}::uuid
    returning ${wentUp(sql`old.counter`)} as accepted`);
  const [used] = rows;
  if (used === undefined) throw new NearcadeError('passkey_invalid', 'This passkey has just been removed');
  if (!used.accepted) {
    log('warn', 'passkey counter went back', { userId, passkeyId: id });
    throw new NearcadeError('passkey_cloned');
  }
  return userId;
}
