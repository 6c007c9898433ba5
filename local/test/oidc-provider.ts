/// <reference path="./oidc-provider-types.d.ts" />
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

/** The settings (edge/env.ts) that lead the Worker to the provider: a type, since vitest passes it between processes. */
export type OidcSettings = {
  OIDC_ISSUER: string;
  OIDC_CLIENT_ID: string;
  OIDC_CLIENT_SECRET: string;
  OIDC_NAME: string;
};

export interface TestOidcProvider {
  readonly settings: OidcSettings;
  close(): Promise<void>;
}

/** A client of the same address without a secret. */
const PUBLIC_CLIENT_ID = 'nearcade-public';

/** A real OpenID Connect provider on a loopback port. Anybody may sign in: their login says who they are, see `claimsOf`. */
export async function startOidcProvider(publicUrl: string): Promise<TestOidcProvider> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: 0, host: '127.0.0.1' }, resolve);
  });
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('unreachable: it listens on TCP');
  const issuer = `http://127.0.0.1:${address.port}`;
  const clientSecret = randomBytes(32).toString('base64url');
  const client = {
    redirect_uris: [`${publicUrl}/v1/accounts/oidc/callback`],
    grant_types: ['authorization_code'],
    response_types: ['code'],
  };
  const provider = new Provider(issuer, {
    clients: [
      { ...client, client_id: 'nearcade', client_secret: clientSecret },
      { ...client, client_id: PUBLIC_CLIENT_ID, token_endpoint_auth_method: 'none' },
    ],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'nickname'] },
    cookies: { keys: [randomBytes(32).toString('base64url')] },
    features: { devInteractions: { enabled: true } },
    pkce: { required: () => true },
    // An hour for an ID token: tests set the Worker's clock by it.
    ttl: { AccessToken: 3600, Grant: 3600, IdToken: 3600, Interaction: 3600, Session: 3600 },
    findAccount: (_: unknown, id: string) => ({ accountId: id, claims: () => claimsOf(id) }),
  });
  const answer = provider.callback();
  server.on('request', (request, response) => void answer(request, response));
  return {
    settings: {
      OIDC_ISSUER: issuer,
      OIDC_CLIENT_ID: 'nearcade',
      OIDC_CLIENT_SECRET: clientSecret,
      OIDC_NAME: 'Test ID',
    },
    async close() {
      server.closeAllConnections();
      await new Promise<void>(resolve => server.close(() => resolve()));
    },
  };
}

/** `ada?email=ada@nearcade.test&email_verified=true&nickname=Ada`, which is the subject too. */
function claimsOf(login: string): Record<string, unknown> {
  const claims = Object.fromEntries(new URLSearchParams(login.split('?')[1]));
  return { sub: login, ...claims, email_verified: claims.email_verified === 'true' };
}
