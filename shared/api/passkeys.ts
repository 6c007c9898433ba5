import { z } from 'zod';
import { signInSchema } from './accounts.ts';
import { endpoint } from './endpoint.ts';

/** WebAuthn Level 3 in the JSON forms of the specification (section 5.1): browsers give and take them as they are. */

const base64url = (maxLength: number) =>
  z
    .string()
    .regex(/^[\w-]+$/, 'base64url without padding')
    .max(maxLength);

/** 1023 bytes at most (WebAuthn, 4, "Credential ID"). */
const credentialIdSchema = base64url(1364);

const TRANSPORT_MAX_CHARACTERS = 32;
const transportsSchema = z.array(z.string().max(TRANSPORT_MAX_CHARACTERS)).max(10);
const credentialType = z.literal('public-key');
const descriptorSchema = z.object({
  id: credentialIdSchema,
  type: credentialType,
  transports: z.array(z.string()),
});

/** For `navigator.credentials.create`. */
export const passkeyCreationOptionsSchema = z.object({
  rp: z.object({ id: z.string(), name: z.string() }),
  user: z.object({ id: z.string(), name: z.string(), displayName: z.string() }),
  challenge: z.string(),
  pubKeyCredParams: z.array(z.object({ type: credentialType, alg: z.int() })),
  timeout: z.int(),
  excludeCredentials: z.array(descriptorSchema),
  authenticatorSelection: z.object({
    residentKey: z.literal('required'),
    requireResidentKey: z.literal(true),
    userVerification: z.literal('required'),
  }),
  attestation: z.literal('none'),
});
export type PasskeyCreationOptions = z.infer<typeof passkeyCreationOptionsSchema>;

/** For `navigator.credentials.get`: any passkey of this site, which says whose it is. */
export const passkeyRequestOptionsSchema = z.object({
  challenge: z.string(),
  rpId: z.string(),
  timeout: z.int(),
  userVerification: z.literal('required'),
});
export type PasskeyRequestOptions = z.infer<typeof passkeyRequestOptionsSchema>;

const credential = { id: credentialIdSchema, rawId: credentialIdSchema, type: credentialType };

/** What `create` gave. The bounds hold the largest attestation (a TPM's, with its certificates). */
export const passkeyAttestationSchema = z.object({
  ...credential,
  response: z.object({
    clientDataJSON: base64url(8192),
    attestationObject: base64url(32768),
    transports: transportsSchema.optional(),
  }),
});
export type PasskeyAttestation = z.infer<typeof passkeyAttestationSchema>;

/** What `get` gave. */
export const passkeyAssertionSchema = z.object({
  ...credential,
  response: z.object({
    clientDataJSON: base64url(8192),
    authenticatorData: base64url(4096),
    signature: base64url(2048),
    /** 64 bytes at most. */
    userHandle: base64url(88).optional(),
  }),
});
export type PasskeyAssertion = z.infer<typeof passkeyAssertionSchema>;

export const passkeyNameSchema = z.string().trim().min(1).max(60);

export const passkeySchema = z.object({
  id: z.uuid(),
  name: z.string(),
  createdAt: z.iso.datetime(),
  /** Null: never since it was added. */
  lastUsedAt: z.iso.datetime().nullable(),
  /** Kept by a service that syncs it between devices, so that losing one device does not lose it. */
  backedUp: z.boolean(),
  /** Its counter went back once: somebody may hold a copy. Better removed and made anew. */
  cloneSuspected: z.boolean(),
});
export type Passkey = z.infer<typeof passkeySchema>;

export const passkeyListSchema = z.object({ passkeys: z.array(passkeySchema) });

const passkeys = { tag: 'Passkeys' } as const;
const params = z.object({ id: z.uuid() });

export const passkeysApi = {
  beginRegistration: endpoint({
    ...passkeys,
    method: 'post',
    path: '/v1/accounts/passkeys/registration',
    summary:
      'What the browser needs to make a passkey for this account; good for five minutes and one answer',
    access: 'player',
    response: passkeyCreationOptionsSchema,
  }),
  register: endpoint({
    ...passkeys,
    method: 'post',
    path: '/v1/accounts/passkeys',
    summary: 'Add the passkey that the browser made',
    access: 'player',
    idempotent: true,
    /** Without a name it is called after the device. */
    body: z.object({ name: passkeyNameSchema.optional(), credential: passkeyAttestationSchema }),
    status: 201,
    response: passkeySchema,
  }),
  list: endpoint({
    ...passkeys,
    method: 'get',
    path: '/v1/accounts/passkeys',
    summary: 'The passkeys of this account, oldest first',
    access: 'player',
    revalidate: true,
    response: passkeyListSchema,
  }),
  rename: endpoint({
    ...passkeys,
    method: 'patch',
    path: '/v1/accounts/passkeys/{id}',
    summary: 'Call a passkey something else',
    access: 'player',
    params,
    body: z.object({ name: passkeyNameSchema }),
    response: passkeySchema,
  }),
  remove: endpoint({
    ...passkeys,
    method: 'delete',
    path: '/v1/accounts/passkeys/{id}',
    summary: 'Remove a passkey, unless it is the last way to sign in',
    access: 'player',
    params,
  }),
  beginSignIn: endpoint({
    ...passkeys,
    method: 'post',
    path: '/v1/accounts/passkeys/challenge',
    summary:
      'What the browser needs to sign in with a passkey; good for five minutes, one answer and this browser',
    access: 'public',
    response: passkeyRequestOptionsSchema,
  }),
  signIn: endpoint({
    ...passkeys,
    method: 'post',
    path: '/v1/accounts/passkeys/sign-in',
    summary: 'Sign in with a passkey; the refresh token is in the cookie',
    access: 'public',
    body: z.object({ credential: passkeyAssertionSchema }),
    response: signInSchema,
  }),
  prove: endpoint({
    ...passkeys,
    method: 'post',
    path: '/v1/accounts/passkeys/proof',
    summary:
      'Show again, with a passkey of this account, that it is you: what asks for a recent proof then works',
    access: 'player',
    body: z.object({ credential: passkeyAssertionSchema }),
  }),
} as const;
