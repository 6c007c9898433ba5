import { z } from 'zod';
import { accountRoleSchema } from '../roles.ts';
import { endpoint } from './endpoint.ts';
import { currentPlaceSchema } from './play.ts';
import { lineSchema } from './text.ts';

export const emailSchema = z
  .email()
  .max(254)
  .transform(email => email.toLowerCase());

/** 10 characters at least (NIST SP 800-63B asks 8); 200 at most bounds the work of hashing. */
export const passwordSchema = z.string().min(10).max(200);
export const displayNameSchema = lineSchema(1, 40);

export const registerRequestSchema = z.object({
  email: emailSchema,
  password: passwordSchema,
  displayName: displayNameSchema,
});

export const loginRequestSchema = z.object({ email: emailSchema, password: z.string().max(200) });

/** What a mailed link carries. */
export const linkTokenSchema = z.string().regex(/^[\w-]{43}$/, 'the token of a mailed link');

export const userSchema = z.object({
  id: z.uuid(),
  /** Null for guests and for accounts of a sign-in service that tells none. */
  email: z.string().nullable(),
  /** Whether its player has shown that they read that address. */
  emailVerified: z.boolean(),
  displayName: z.string(),
  role: accountRoleSchema,
  /** Can't sign in anywhere else until it is claimed. */
  guest: z.boolean(),
});
export type User = z.infer<typeof userSchema>;

/**
 * What a sign-in answers. The refresh token is not in the body: it is set as an HttpOnly, SameSite=Strict cookie that only
 * the accounts routes get, so that no script can read it.
 */
export const signInSchema = z.object({
  user: userSchema,
  /** JWT, `Authorization: Bearer`. */
  accessToken: z.string(),
  /** Seconds. */
  expiresIn: z.int(),
  /** The session that the user is still in, on whatever device, with the place to come back to. */
  current: currentPlaceSchema.nullable(),
});
export type SignIn = z.infer<typeof signInSchema>;

/** Who an access token belongs to, and for how many seconds more. */
export const validateResponseSchema = z.object({ user: userSchema, expiresIn: z.int() });

/** What an access token says. */
export const whoamiSchema = z.object({
  id: z.uuid(),
  displayName: z.string(),
  role: accountRoleSchema,
  /** Seconds. */
  expiresIn: z.int(),
});

/** Claims of an access token (RFC 9068 profile, the part we use). */
export const accessClaimsSchema = z.object({
  iss: z.literal('nearcade'),
  aud: z.literal('nearcade-api'),
  sub: z.uuid(),
  /** Family of refresh tokens that this one came from. */
  sid: z.uuid(),
  name: z.string(),
  /** As of its signing. Permissions are checked against what Postgres says now. */
  role: accountRoleSchema,
  exp: z.int(),
});
export type AccessClaims = z.infer<typeof accessClaimsSchema>;

const accounts = { tag: 'Accounts' } as const;

export const accountsApi = {
  register: endpoint({
    ...accounts,
    method: 'post',
    path: '/v1/accounts/register',
    summary: 'Make an account and sign in; the refresh token is in the cookie',
    access: 'public',
    body: registerRequestSchema,
    status: 201,
    response: signInSchema,
  }),
  login: endpoint({
    ...accounts,
    method: 'post',
    path: '/v1/accounts/login',
    summary: 'Sign in; the refresh token is in the cookie',
    access: 'public',
    body: loginRequestSchema,
    response: signInSchema,
  }),
  refresh: endpoint({
    ...accounts,
    method: 'post',
    path: '/v1/accounts/refresh',
    summary: 'A new access token for the refresh cookie, which is rotated',
    access: 'refresh',
    response: signInSchema,
  }),
  logout: endpoint({
    ...accounts,
    method: 'post',
    path: '/v1/accounts/logout',
    summary: 'End this sign-in on this device',
    access: 'refresh',
  }),
  whoami: endpoint({
    ...accounts,
    method: 'get',
    path: '/v1/accounts/whoami',
    summary: 'Who my access token says that I am: asks no store, so also of a sign-in that has ended',
    access: 'player',
    response: whoamiSchema,
  }),
  validate: endpoint({
    ...accounts,
    method: 'get',
    path: '/v1/accounts/validate',
    summary: 'Who the access token belongs to, if its sign-in has not ended',
    access: 'player',
    response: validateResponseSchema,
  }),
  guest: endpoint({
    ...accounts,
    method: 'post',
    path: '/v1/accounts/guests',
    summary: 'Play at once without an e-mail address; the account can be claimed later',
    access: 'public',
    body: z.object({ displayName: displayNameSchema.optional() }),
    status: 201,
    response: signInSchema,
  }),
  verifyEmail: endpoint({
    ...accounts,
    method: 'post',
    path: '/v1/accounts/email/verify',
    summary: 'Follow a mailed link that verifies an address, or changes to it',
    access: 'public',
    body: z.object({ token: linkTokenSchema }),
    response: z.object({ email: z.string() }),
  }),
  forgotPassword: endpoint({
    ...accounts,
    method: 'post',
    path: '/v1/accounts/password/forgotten',
    summary: 'Mail a link to set a new password; answers the same whether the address has an account or not',
    access: 'public',
    body: z.object({ email: emailSchema }),
  }),
  resetPassword: endpoint({
    ...accounts,
    method: 'post',
    path: '/v1/accounts/password/reset',
    summary: 'Set a new password by a mailed link and sign in; every other sign-in ends',
    access: 'public',
    body: z.object({ token: linkTokenSchema, password: passwordSchema }),
    response: signInSchema,
  }),
} as const;
