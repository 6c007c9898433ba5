import * as oauth from 'oauth4webapi';
import type { Settings } from '#edge/env.ts';
import { isLoopback } from '#edge/http/public-origin.ts';
import { displayNameSchema, emailSchema } from '#shared/api/accounts.ts';
import { NearcadeError } from '#shared/errors.ts';

/** Seconds that the provider's metadata counts: what it changes is announced far longer before. */
export const METADATA_TTL_S = 3600;

/** Seconds by which its clock and ours may differ. */
export const CLOCK_TOLERANCE_S = 60;

/** A player waits for it. */
const REQUEST_TIMEOUT_MS = 8_000;

const SCOPE = 'openid email profile';

/** What protects one journey to the provider and back. */
export interface Journey {
  redirectUri: string;
  state: string;
  nonce: string;
  /** PKCE (RFC 7636). */
  codeVerifier: string;
}

/** Who the provider says came. */
export interface Person {
  issuer: string;
  subject: string;
  /** Lower case; null when it tells none. */
  email: string | null;
  emailVerified: boolean;
  /** A name that they go by in public, if there is one. */
  name: string | null;
}

/** The one OpenID Connect provider of the settings, with what it publishes; kept for as long as the isolate. */
export class OidcProvider {
  readonly name: string;
  readonly #issuer: URL;
  readonly #client: oauth.Client;
  readonly #secret: string | undefined;
  #metadata: { server: oauth.AuthorizationServer; until: number } | undefined;
  #keys: oauth.JWKSCacheInput = {};

  private constructor(issuer: string, clientId: string, settings: Settings) {
    this.name = settings.OIDC_NAME;
    this.#issuer = new URL(issuer);
    this.#client = { client_id: clientId, [oauth.clockTolerance]: CLOCK_TOLERANCE_S };
    this.#secret = settings.OIDC_CLIENT_SECRET;
  }

  /** Undefined when the settings name none; throws `config_invalid` when they name half of one. */
  static of(settings: Settings): OidcProvider | undefined {
    const { OIDC_ISSUER, OIDC_CLIENT_ID } = settings;
    if (OIDC_ISSUER === undefined) return undefined;
    if (OIDC_CLIENT_ID === undefined) {
      throw new NearcadeError('config_invalid', 'OIDC_ISSUER is set, but not OIDC_CLIENT_ID');
    }
    return new OidcProvider(OIDC_ISSUER, OIDC_CLIENT_ID, settings);
  }

  /** Where to send the player (OpenID Connect Core, 3.1.2.1). Throws `oidc_failed` when the provider can't be asked. */
  async authorizationUrl(journey: Journey, now: Date): Promise<string> {
    const server = await this.#discover(now);
    const url = new URL(server.authorization_endpoint ?? 'none:');
    requireSafe(url);
    for (const [name, value] of Object.entries({
      client_id: this.#client.client_id,
      redirect_uri: journey.redirectUri,
      response_type: 'code',
      scope: SCOPE,
      state: journey.state,
      nonce: journey.nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(journey.codeVerifier),
      code_challenge_method: 'S256',
    })) {
      url.searchParams.set(name, value);
    }
    return url.href;
  }

  /**
   * Who came back with `answer`, the query of our callback. Throws `oidc_refused` when the provider or the player said no, and
   * `oidc_failed` for whatever does not fit: state, issuer, code, verifier, nonce, signature, times.
   */
  async personOf(answer: URLSearchParams, journey: Journey, now: Date): Promise<Person> {
    const server = await this.#discover(now);
    // Times are checked by the clock of the request, which tests set.
    const client = {
      ...this.#client,
      [oauth.clockSkew]: Math.round((now.getTime() - Date.now()) / 1000),
    };
    try {
      const parameters = oauth.validateAuthResponse(server, client, answer, journey.state);
      const request = oauth.authorizationCodeGrantRequest(
        server,
        client,
        this.#authentication(server),
        parameters,
        journey.redirectUri,
        journey.codeVerifier,
        REQUEST,
      );
      const response = await request;
      const tokens = await oauth.processAuthorizationCodeResponse(server, client, response, {
        expectedNonce: journey.nonce,
        requireIdToken: true,
      });
      const keys = { ...REQUEST, [oauth.jwksCache]: this.#keys };
      await oauth.validateApplicationLevelSignature(server, response, keys);
      const claims = oauth.getValidatedIdTokenClaims(tokens);
      if (claims === undefined) throw new Error('no ID token');
      const more =
        claims.email === undefined && server.userinfo_endpoint !== undefined
          ? await this.#userInfo(server, client, tokens.access_token, claims.sub)
          : {};
      return person({ ...more, ...claims });
    } catch (error) {
      throw refusal(error);
    }
  }

  async #userInfo(
    server: oauth.AuthorizationServer,
    client: oauth.Client,
    accessToken: string,
    subject: string,
  ): Promise<oauth.UserInfoResponse> {
    const response = await oauth.userInfoRequest(server, client, accessToken, REQUEST);
    return oauth.processUserInfoResponse(server, client, subject, response);
  }

  /** The provider's metadata (OpenID Connect Discovery, 4), at most an hour old. */
  async #discover(now: Date): Promise<oauth.AuthorizationServer> {
    if (this.#metadata !== undefined && this.#metadata.until > now.getTime()) return this.#metadata.server;
    try {
      const response = await oauth.discoveryRequest(this.#issuer, REQUEST);
      const server = await oauth.processDiscoveryResponse(this.#issuer, response);
      this.#metadata = { server, until: now.getTime() + METADATA_TTL_S * 1000 };
      return server;
    } catch (error) {
      throw refusal(error);
    }
  }

  /** By the methods that it names; a provider that names none takes the first (OpenID Connect Discovery, 3). */
  #authentication(server: oauth.AuthorizationServer): oauth.ClientAuth {
    if (this.#secret === undefined) return oauth.None();
    const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
    return methods.includes('client_secret_basic')
      ? oauth.ClientSecretBasic(this.#secret)
      : oauth.ClientSecretPost(this.#secret);
  }
}

/** The library's own check of https is all or nothing; `requireSafe` decides by address. */
const REQUEST = {
  [oauth.allowInsecureRequests]: true,
  [oauth.customFetch]: (url: string, init: oauth.CustomFetchOptions<string, unknown>) => {
    requireSafe(new URL(url));
    return fetch(url, init as RequestInit);
  },
  signal: () => AbortSignal.timeout(REQUEST_TIMEOUT_MS),
};

/** Throws unless nobody on the way can read or change what goes there: https, or this very machine. */
function requireSafe(url: URL): void {
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))) return;
  throw new NearcadeError('oidc_failed', 'The sign-in service names an address that is not https');
}

function person(claims: oauth.IDToken & Partial<oauth.UserInfoResponse>): Person {
  const email = emailSchema.safeParse(claims.email);
  // The name of the civil register comes last: other players see it.
  const handle = /@/.test(claims.preferred_username ?? '') ? undefined : claims.preferred_username;
  const names = [claims.nickname, handle, claims.given_name, claims.name];
  const name = names.map(value => displayNameSchema.safeParse(value)).find(({ success }) => success);
  return {
    issuer: claims.iss,
    subject: claims.sub,
    email: email.success ? email.data : null,
    emailVerified: claims.email_verified === true,
    name: name?.data ?? null,
  };
}

/** The reason goes into our own log; of the provider's texts none reaches the player. */
function refusal(error: unknown): NearcadeError {
  if (error instanceof NearcadeError) return error;
  if (error instanceof oauth.AuthorizationResponseError && error.error === 'access_denied') {
    return new NearcadeError('oidc_refused', undefined, { cause: error });
  }
  return new NearcadeError('oidc_failed', undefined, { cause: error });
}
