import { z } from 'zod';
import { endpoint } from './endpoint.ts';

/** Where a player goes back to: a path on this site, never another site's address. */
export const returnPathSchema = z
  .string()
  .max(512)
  .regex(/^\/(?![/\\])[\x21-\x7e]*$/, 'a path on this site, beginning with one slash')
  // A browser drops tabs and line ends from addresses and reads a backslash as a slash (WHATWG URL).
  .refine(path => !path.includes('\\'), 'a path on this site');

export const identitySchema = z.object({
  id: z.uuid(),
  issuer: z.string(),
  /** What the sign-in service calls the person; for showing. */
  email: z.string().nullable(),
  createdAt: z.iso.datetime(),
  lastUsedAt: z.iso.datetime(),
});
export type Identity = z.infer<typeof identitySchema>;

export const identityListSchema = z.object({ identities: z.array(identitySchema) });

/** The ways to sign in that this platform has, so that pages show no button that leads nowhere. */
export const signInMethodsSchema = z.object({
  password: z.boolean(),
  passkey: z.boolean(),
  /** Null: none is set up. */
  oidc: z.object({ name: z.string() }).nullable(),
});
export type SignInMethods = z.infer<typeof signInMethodsSchema>;

/** The query parameter that says, on the page a failed sign-in comes back to, the code of what went wrong. */
export const SIGN_IN_ERROR_PARAMETER = 'sign_in_error';

const oidc = { tag: 'Sign-in service' } as const;

/** Authorization code flow with PKCE (RFC 9700) at one OpenID Connect provider. */
export const oidcApi = {
  methods: endpoint({
    ...oidc,
    method: 'get',
    path: '/v1/accounts/methods',
    summary: 'Which ways to sign in there are',
    access: 'public',
    revalidate: true,
    response: signInMethodsSchema,
  }),
  start: endpoint({
    ...oidc,
    method: 'get',
    path: '/v1/accounts/oidc/start',
    summary: 'Off to the sign-in service; `returnTo` is the path on this site to come back to',
    access: 'public',
    query: z.object({ returnTo: returnPathSchema.default('/') }),
    redirect: true,
  }),
  link: endpoint({
    ...oidc,
    method: 'post',
    path: '/v1/accounts/oidc/link',
    summary: 'The address to go to, in this browser, to link the sign-in service to this account',
    access: 'player',
    body: z.object({ returnTo: returnPathSchema.default('/') }),
    response: z.object({ location: z.url() }),
  }),
  callback: endpoint({
    ...oidc,
    method: 'get',
    path: '/v1/accounts/oidc/callback',
    summary: `Back from the sign-in service. Sets the refresh cookie; what went wrong is in \`${SIGN_IN_ERROR_PARAMETER}\` of the page it leads to`,
    access: 'public',
    query: z.object({
      state: z.string().max(256).optional(),
      code: z.string().max(4096).optional(),
      iss: z.string().max(512).optional(),
      error: z.string().max(256).optional(),
      error_description: z.string().max(2048).optional(),
    }),
    redirect: true,
  }),
  identities: endpoint({
    ...oidc,
    method: 'get',
    path: '/v1/accounts/identities',
    summary: 'Whom the sign-in services take the holder of this account for',
    access: 'player',
    revalidate: true,
    response: identityListSchema,
  }),
  unlink: endpoint({
    ...oidc,
    method: 'delete',
    path: '/v1/accounts/identities/{id}',
    summary: 'Take a sign-in service off this account, unless it is the last way to sign in',
    access: 'player',
    params: z.object({ id: z.uuid() }),
  }),
} as const;
