import { createHmac } from 'node:crypto';
import { createLocalJWKSet, errors, importJWK, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import type { Jwks } from '#shared/api/fleet.ts';
import { NearcadeError } from '#shared/errors.ts';

const ALGORITHM = 'EdDSA';

const privateJwksSchema = z
  .array(
    z.object({
      kty: z.literal('OKP'),
      crv: z.literal('Ed25519'),
      x: z.string(),
      d: z.string(),
      kid: z.string().min(1).max(64),
    }),
  )
  .min(1)
  .refine(keys => new Set(keys.map(key => key.kid)).size === keys.length, 'a kid is there twice');

export interface TokenKind {
  /** The `typ` header (RFC 8725, 3.11): a token of one kind never passes for another. */
  type: string;
  issuer: string;
  audience: string;
}

/** The edge's Ed25519 keys: signs access tokens and tickets, verifies access tokens, publishes the public parts. */
export class SigningKeys {
  readonly jwks: Jwks;
  readonly #kid: string;
  readonly #signingKey: CryptoKey | Uint8Array;
  readonly #resolve: ReturnType<typeof createLocalJWKSet>;
  readonly #seeds: readonly string[];

  private constructor(jwks: Jwks, kid: string, signingKey: CryptoKey | Uint8Array, seeds: readonly string[]) {
    this.#seeds = seeds;
    this.jwks = jwks;
    this.#kid = kid;
    this.#signingKey = signingKey;
    this.#resolve = createLocalJWKSet({
      keys: jwks.keys.map(({ kty, crv, x, kid }) => ({ kty, crv, x, kid })),
    });
  }

  /** From the secret SIGNING_JWKS; throws `config_invalid` without telling what the secret holds. */
  static async import(json: string): Promise<SigningKeys> {
    try {
      const keys = privateJwksSchema.parse(JSON.parse(json));
      const [first] = keys;
      if (first === undefined) throw new Error('unreachable: the schema asks for one');
      const signingKey = await importJWK(first, ALGORITHM);
      const published = keys.map(({ kty, crv, x, kid }) => ({
        kty,
        crv,
        x,
        kid,
        alg: 'EdDSA' as const,
        use: 'sig' as const,
      }));
      return new SigningKeys(
        { keys: published },
        first.kid,
        signingKey,
        keys.map(key => key.d),
      );
    } catch {
      throw new NearcadeError(
        'config_invalid',
        'SIGNING_JWKS is no JSON array of private Ed25519 JWKs with a kid each',
      );
    }
  }

  /**
   * 256 bits, base64url, that nobody can tell from `name` who does not have the keys: one for each key, that of the one which
   * signs first. `purpose` keeps what is derived for one thing from passing for another.
   */
  derive(purpose: string, name: string): string[] {
    return this.#seeds.map(seed =>
      createHmac('sha256', seed).update(`${purpose}\n${name}`).digest('base64url'),
    );
  }

  /** A JWT of `kind` with `claims`, good for `seconds` from `now`. */
  async sign(
    kind: TokenKind,
    subject: string,
    claims: JWTPayload,
    lifetime: { now: Date; seconds: number },
  ): Promise<string> {
    const issuedAt = Math.floor(lifetime.now.getTime() / 1000);
    return new SignJWT(claims)
      .setProtectedHeader({ alg: ALGORITHM, kid: this.#kid, typ: kind.type })
      .setIssuer(kind.issuer)
      .setAudience(kind.audience)
      .setSubject(subject)
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + lifetime.seconds)
      .sign(this.#signingKey);
  }

  /** The claims of a token of `kind`; throws `token_expired` or `unauthenticated`. */
  async verify(kind: TokenKind, token: string, now: Date): Promise<JWTPayload> {
    try {
      const { payload } = await jwtVerify(token, this.#resolve, {
        algorithms: [ALGORITHM],
        typ: kind.type,
        issuer: kind.issuer,
        audience: kind.audience,
        currentDate: now,
        requiredClaims: ['exp', 'sub'],
      });
      return payload;
    } catch (cause) {
      if (cause instanceof errors.JWTExpired) throw new NearcadeError('token_expired');
      throw new NearcadeError('unauthenticated', undefined, { cause });
    }
  }
}
