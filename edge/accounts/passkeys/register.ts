import {
  generateRegistrationOptions,
  type VerifiedRegistrationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import { and, eq, sql } from 'drizzle-orm';
import { NEWS_S, PASSKEY_ADDED } from '#edge/accounts/mails.ts';
import { signInLasts } from '#edge/accounts/sign-ins.ts';
import type { IdempotentRequest } from '#edge/http/idempotency.ts';
import { hashSecret } from '#edge/http/secrets.ts';
import { insertMail } from '#edge/mail/outbox.ts';
import type { Services } from '#edge/services.ts';
import { violatedUnique } from '#edge/store/database.ts';
import { resultOfRequest } from '#edge/store/requests.ts';
import { idempotencyKeys, passkeys, users } from '#edge/store/schema.ts';
import type { AccessClaims } from '#shared/api/accounts.ts';
import type { Passkey, PasskeyAttestation, PasskeyCreationOptions } from '#shared/api/passkeys.ts';
import { NearcadeError } from '#shared/errors.ts';
import {
  CHALLENGE_TTL_S,
  type Challenge,
  challengeOf,
  keepChallenge,
  newChallenge,
  takeChallenge,
} from './challenges.ts';
import { passkeyColumns, publicPasskey, userHandle } from './passkeys.ts';
import { refusal } from './refusal.ts';
import type { RelyingParty } from './relying-party.ts';

/** Passkeys of one account: each device, and a few security keys. */
export const PASSKEYS_MAX = 20;

/** Ed25519, ES256, RS256 (COSE): together every authenticator there is. */
const ALGORITHMS = [-8, -7, -257];

/** Throws `unauthenticated` when the sign-in has ended. */
export async function beginRegistration(
  { db }: Services,
  party: RelyingParty,
  player: AccessClaims,
): Promise<PasskeyCreationOptions> {
  const challenge = newChallenge('register', hashSecret(player.sid));
  const [kept, [user], existing] = await db.batch([
    db.execute(keepChallenge(challenge, signInLasts(player.sid))),
    db
      .select({ email: users.email, displayName: users.displayName })
      .from(users)
      .where(eq(users.id, player.sub)),
    db
      .select({ id: passkeys.credentialId, transports: passkeys.transports })
      .from(passkeys)
      .where(eq(passkeys.userId, player.sub)),
  ]);
  if (kept.rows.length === 0 || user === undefined) throw new NearcadeError('unauthenticated');
  if (existing.length >= PASSKEYS_MAX) throw new NearcadeError('passkeys_full');
  const {
    hints: _,
    extensions: __,
    ...options
  } = await generateRegistrationOptions({
    rpName: party.name,
    rpID: party.id,
    userID: userHandle(player.sub),
    userName: user.email ?? user.displayName,
    userDisplayName: user.displayName,
    challenge: bytesOf(challenge),
    timeout: CHALLENGE_TTL_S * 1000,
    attestationType: 'none',
    excludeCredentials: existing,
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    supportedAlgorithmIDs: ALGORITHMS,
  });
  return options as PasskeyCreationOptions;
}

/**
 * Throws `passkey_challenge_invalid`, `passkey_invalid`, `passkey_exists` or `passkeys_full`; the same request again
 * answers the passkey that it added.
 */
export async function registerPasskey(
  services: Services,
  party: RelyingParty,
  player: AccessClaims,
  request: { name: string; credential: PasskeyAttestation; idempotency: IdempotentRequest },
): Promise<Passkey> {
  const { db } = services;
  const value = challengeOf(request.credential.response.clientDataJSON);
  const challenge: Challenge = { value, ceremony: 'register', holderHash: hashSecret(player.sid) };
  const taken = await db.execute(
    sql`with taken as (${takeChallenge(challenge)}) select 1 from taken where ${signInLasts(player.sid)}`,
  );
  if (taken.rows.length === 0) return earlierResult(services, request.idempotency);
  const made = await verify(party, challenge, request.credential);
  try {
    const [, , [passkey]] = await db.batch([
      // Two at once would both find room for the last one.
      db.select({ id: users.id }).from(users).where(eq(users.id, player.sub)).for('update'),
      db.execute(insertPasskey(player.sub, request, made)),
      db
        .select(passkeyColumns)
        .from(passkeys)
        .where(and(eq(passkeys.userId, player.sub), eq(passkeys.credentialId, made.credential.id))),
    ]);
    if (passkey === undefined) throw new NearcadeError('passkeys_full');
    return publicPasskey(passkey);
  } catch (error) {
    if (violatedUnique(error) === 'passkeys_credential') throw new NearcadeError('passkey_exists');
    if (violatedUnique(error) === undefined) throw error;
    return earlierResult(services, request.idempotency);
  }
}

type Registration = NonNullable<VerifiedRegistrationResponse['registrationInfo']>;

async function verify(
  { id, origin }: RelyingParty,
  { value }: Challenge,
  credential: PasskeyAttestation,
): Promise<Registration> {
  const { transports, ...response } = credential.response;
  try {
    const { registrationInfo } = await verifyRegistrationResponse({
      response: {
        ...credential,
        response: { ...response, ...(transports === undefined ? {} : { transports }) },
        clientExtensionResults: {},
      },
      expectedChallenge: value,
      expectedOrigin: origin,
      expectedRPID: id,
      requireUserVerification: true,
      supportedAlgorithmIDs: ALGORITHMS,
    });
    if (registrationInfo !== undefined) return registrationInfo;
  } catch (cause) {
    throw refusal(cause);
  }
  throw refusal('its attestation is wrong');
}

function insertPasskey(
  userId: string,
  { name, credential, idempotency }: Parameters<typeof registerPasskey>[3],
  made: Registration,
) {
  const { id, publicKey, counter } = made.credential;
  const transports = JSON.stringify(credential.response.transports ?? []);
  return sql`
    with made as (
      insert into ${passkeys} (user_id, credential_id, public_key, counter, transports, name, backed_up)
      select ${userId}::uuid, ${id}::text, ${Buffer.from(publicKey).toString('base64url')}::text,
        ${counter}::bigint, array(select jsonb_array_elements_text(${transports}::jsonb)), ${name}::text,
        ${made.credentialBackedUp}::boolean
      where (select count(*) from ${passkeys} where user_id = ${userId}::uuid) < ${PASSKEYS_MAX}::int
      returning id, user_id
    ), mail as (
      ${insertMail(sql`made join ${users} as account on account.id = user_id where email is not null`, PASSKEY_ADDED, NEWS_S)}
    )
    insert into ${idempotencyKeys} (user_id, key, request_hash, resource_id)
    select ${idempotency.userId}::uuid, ${idempotency.key}::text, ${idempotency.requestHash}::text, made.id from made`;
}

async function earlierResult({ db }: Services, idempotency: IdempotentRequest): Promise<Passkey> {
  const id = await resultOfRequest(db, idempotency);
  if (id === undefined) throw new NearcadeError('passkey_challenge_invalid');
  const [passkey] = await db
    .select(passkeyColumns)
    .from(passkeys)
    .where(and(eq(passkeys.id, id), eq(passkeys.userId, idempotency.userId)));
  if (passkey === undefined) throw new NearcadeError('passkey_not_found');
  return publicPasskey(passkey);
}

/** As bytes: of a string the library would take the letters. */
const bytesOf = ({ value }: Challenge) => new Uint8Array(Buffer.from(value, 'base64url'));
