import type { SigningKeys, TokenKind } from '#edge/http/signing-keys.ts';
import { type AccessClaims, accessClaimsSchema, type User } from '#shared/api/accounts.ts';
import { ACCESS_TOKEN_TTL_S } from '#shared/limits.ts';

const ACCESS_TOKEN: TokenKind = { type: 'at+jwt', issuer: 'nearcade', audience: 'nearcade-api' };

export async function signAccessToken(
  keys: SigningKeys,
  user: Pick<User, 'id' | 'displayName' | 'role'>,
  signInId: string,
  now: Date,
): Promise<string> {
  const claims = { sid: signInId, name: user.displayName, role: user.role };
  return keys.sign(ACCESS_TOKEN, user.id, claims, { now, seconds: ACCESS_TOKEN_TTL_S });
}

/** Who the bearer is. Asks no store. Throws `token_expired` or `unauthenticated`. */
export async function verifyAccessToken(
  services: { keys: SigningKeys; now: () => Date },
  token: string,
): Promise<AccessClaims> {
  return services.keys.verify(ACCESS_TOKEN, token, services.now(), accessClaimsSchema);
}

/** The same at once for a token that this isolate has verified before; undefined for any other. Throws `token_expired`. */
export function knownAccessToken(
  services: { keys: SigningKeys; now: () => Date },
  token: string,
): AccessClaims | undefined {
  return services.keys.known(ACCESS_TOKEN, token, services.now(), accessClaimsSchema);
}
