import { sql } from 'drizzle-orm';
import { bigint, boolean, check, index, pgTable, text, unique, uuid } from 'drizzle-orm/pg-core';
import { signIns, users } from './accounts.ts';
import { createdAt, listOf, moment, newId } from './columns.ts';

/** A WebAuthn credential that signs in by itself: one a device or password manager. */
export const passkeys = pgTable(
  'passkeys',
  {
    id: newId(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    /** As the authenticator made it, base64url. */
    credentialId: text('credential_id').notNull(),
    /** COSE_Key (RFC 9052), base64url. */
    publicKey: text('public_key').notNull(),
    /** Signature counter of the last use; stays 0 with authenticators that keep none. */
    counter: bigint('counter', { mode: 'number' }).notNull(),
    /** How browsers reach the authenticator: what they said at its registration. */
    transports: text('transports').array().notNull(),
    /** What its owner calls it. */
    name: text('name').notNull(),
    /** Whether it is kept by a service that syncs it between devices, as of its last use. */
    backedUp: boolean('backed_up').notNull(),
    createdAt: createdAt(),
    lastUsedAt: moment('last_used_at'),
    /** When its counter first went back: another authenticator may hold a copy of the key. */
    cloneSuspectedAt: moment('clone_suspected_at'),
  },
  table => [
    unique('passkeys_credential').on(table.credentialId),
    index('passkeys_user').on(table.userId),
    check('passkeys_counter', sql`${table.counter} between 0 and 4294967295`),
  ],
);

export const PASSKEY_CEREMONIES = ['register', 'sign_in'] as const;
export type PasskeyCeremony = (typeof PASSKEY_CEREMONIES)[number];

/** What an authenticator was asked to sign. Deleted when it is answered, rightly or wrongly. */
export const passkeyChallenges = pgTable(
  'passkey_challenges',
  {
    /** SHA-256, base64url. */
    challengeHash: text('challenge_hash').primaryKey(),
    ceremony: text('ceremony').$type<PasskeyCeremony>().notNull(),
    /** Who alone may answer: SHA-256 of the sign-in's id or of the browser's secret (accounts/browser-cookie.ts). */
    holderHash: text('holder_hash').notNull(),
    expiresAt: moment('expires_at').notNull(),
  },
  table => [
    index('passkey_challenges_expiry').on(table.expiresAt),
    check('passkey_challenges_ceremony', sql`${table.ceremony} in (${listOf(PASSKEY_CEREMONIES)})`),
  ],
);

/** Who somebody is at another sign-in service (OpenID Connect), and which account that is here. */
export const identities = pgTable(
  'identities',
  {
    id: newId(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    /** `iss` and `sub` of the ID token: the only pair that names a person for good (OpenID Connect Core, 5.7). */
    issuer: text('issuer').notNull(),
    subject: text('subject').notNull(),
    /** As the service last said; for showing only. */
    email: text('email'),
    createdAt: createdAt(),
    lastUsedAt: moment('last_used_at').notNull().defaultNow(),
  },
  table => [
    unique('identities_subject').on(table.issuer, table.subject),
    unique('identities_user_issuer').on(table.userId, table.issuer),
  ],
);

/** A player who was sent to the provider and has not come back yet. */
export const oidcRequests = pgTable(
  'oidc_requests',
  {
    /** SHA-256 of `state`, base64url. */
    stateHash: text('state_hash').primaryKey(),
    /** SHA-256 of the browser's secret (accounts/browser-cookie.ts): who begins it ends it. */
    holderHash: text('holder_hash').notNull(),
    nonce: text('nonce').notNull(),
    /** PKCE (RFC 7636). */
    codeVerifier: text('code_verifier').notNull(),
    /** Path on our origin to go back to. */
    returnTo: text('return_to').notNull(),
    /** The sign-in whose account gets the identity; null: this is to be a sign-in itself. */
    linkSignInId: uuid('link_sign_in_id').references(() => signIns.id, { onDelete: 'cascade' }),
    expiresAt: moment('expires_at').notNull(),
  },
  table => [
    index('oidc_requests_expiry').on(table.expiresAt),
    index('oidc_requests_sign_in').on(table.linkSignInId),
  ],
);
