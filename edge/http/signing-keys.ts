import { createHmac } from 'node:crypto';
import { createLocalJWKSet, errors, importJWK, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import { Memory } from '#edge/memory.ts';
import type { Jwks } from '#shared/api/fleet.ts';
import { NearcadeError } from '#shared/errors.ts';

const ALGORITHM = 'EdDSA';

/** A kilobyte each: far more players than one isolate serves within the life of a token, in a small part of its memory. */
const VERIFIED_MAX = 5000;

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
  /** By token. What a token says never changes, and these keys don't either. */
  readonly #verified = new Memory<string, Verified>(VERIFIED_MAX);

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

  /**
   * The claims of a token of `kind`, as `schema` has them; throws `token_expired` or `unauthenticated`. A token that was verified before is
   * known again: only its end is looked at.
   */
  async verify<T extends { exp: number }>(
    kind: TokenKind,
    token: string,
    now: Date,
    schema: z.ZodType<T>,
  ): Promise<T> {
    const known = this.known(kind, token, now, schema);
    if (known !== undefined) return known;
    const claims = await this.#verifyAnew(kind, token, now, schema);
    this.#verified.set(token, { kind, schema, claims });
    return claims;
  }

  /** The same at once if it was verified before with the same `schema`, else undefined. Throws `token_expired`. */
  known<T extends { exp: number }>(
    kind: TokenKind,
    token: string,
    now: Date,
    schema: z.ZodType<T>,
  ): T | undefined {
    const known = this.#verified.get(token);
    if (known?.kind !== kind || known.schema !== schema) return undefined;
    if (known.claims.exp <= Math.floor(now.getTime() / 1000)) throw new NearcadeError('token_expired');
    return known.claims as T;
  }

  async #verifyAnew<T>(kind: TokenKind, token: string, now: Date, schema: z.ZodType<T>): Promise<T> {
    try {
      const { payload } = await jwtVerify(token, this.#resolve, {
        algorithms: [ALGORITHM],
        typ: kind.type,
        issuer: kind.issuer,
        audience: kind.audience,
        currentDate: now,
        requiredClaims: ['exp', 'sub'],
      });
      return schema.parse(payload);
    } catch (cause) {
      if (cause instanceof errors.JWTExpired) throw new NearcadeError('token_expired');
      throw new NearcadeError('unauthenticated', undefined, { cause });
    }
  }
}

interface Verified {
  kind: TokenKind;
  schema: z.ZodType;
  claims: { exp: number };
}
