import { z } from 'zod';
import { displayNameSchema, emailSchema, passwordSchema, userSchema } from './accounts.ts';
import { endpoint } from './endpoint.ts';

/** Where the caller is signed in. */
export const deviceSignInSchema = z.object({
  id: z.uuid(),
  /** For people: "Firefox on Linux". */
  device: z.string(),
  createdAt: z.iso.datetime(),
  /** When it was last refreshed. */
  lastUsedAt: z.iso.datetime(),
  /** Whether this is the one that asks. */
  current: z.boolean(),
});
export type DeviceSignIn = z.infer<typeof deviceSignInSchema>;

/** A password that is only compared: whatever people type. */
const givenPasswordSchema = z.string().max(200);

const account = { tag: 'Accounts', access: 'player' } as const;

/** What players do with their own account. */
export const myAccountApi = {
  rename: endpoint({
    ...account,
    method: 'patch',
    path: '/v1/accounts/me',
    summary: 'Change the name that others see',
    body: z.object({ displayName: displayNameSchema }),
    response: userSchema,
  }),
  claim: endpoint({
    ...account,
    method: 'post',
    path: '/v1/accounts/me/claim',
    summary: 'Give a guest account an e-mail address and a password: it stays the same account',
    body: z.object({
      email: emailSchema,
      password: passwordSchema,
      displayName: displayNameSchema.optional(),
    }),
    response: userSchema,
  }),
  prove: endpoint({
    ...account,
    method: 'post',
    path: '/v1/accounts/me/proof',
    summary: 'Show by the password that it is still you: what needs a recent proof works for 15 minutes',
    body: z.object({ password: givenPasswordSchema }),
  }),
  changePassword: endpoint({
    ...account,
    method: 'post',
    path: '/v1/accounts/me/password',
    summary: 'Change the password, or set the first one after a recent proof; every other sign-in ends',
    body: z.object({ currentPassword: givenPasswordSchema.optional(), newPassword: passwordSchema }),
  }),
  resendVerification: endpoint({
    ...account,
    method: 'post',
    path: '/v1/accounts/me/email/verification',
    summary: 'Mail another link to verify your address: one a minute, five an hour',
  }),
  changeEmail: endpoint({
    ...account,
    method: 'post',
    path: '/v1/accounts/me/email',
    summary: 'Mail a link to the address you want instead; it is yours when you follow it',
    body: z.object({ email: emailSchema, password: givenPasswordSchema.optional() }),
  }),
  delete: endpoint({
    ...account,
    method: 'post',
    path: '/v1/accounts/me/deletion',
    summary: 'Delete the account for good, by the password or after a recent proof',
    body: z.object({ password: givenPasswordSchema.optional() }),
  }),
  signIns: endpoint({
    ...account,
    method: 'get',
    path: '/v1/accounts/sign-ins',
    summary: 'Where you are signed in, the last used first; 100 at most',
    response: z.object({ items: z.array(deviceSignInSchema) }),
  }),
  endSignIn: endpoint({
    ...account,
    method: 'delete',
    path: '/v1/accounts/sign-ins/{id}',
    summary: 'Sign out one device',
    params: z.object({ id: z.uuid() }),
  }),
  endSignIns: endpoint({
    ...account,
    method: 'delete',
    path: '/v1/accounts/sign-ins',
    summary: 'Sign out every other device, or all',
    query: z.object({ which: z.enum(['others', 'all']).default('others') }),
    response: z.object({ ended: z.int() }),
  }),
} as const;
