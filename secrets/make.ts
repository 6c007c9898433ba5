import { randomBytes } from 'node:crypto';
import { exportJWK, generateKeyPair } from 'jose';

/** Random bytes of a key, password or token: beyond guessing. */
const SECRET_BYTES = 32;

/** 256 random bits, base64url. */
export function makeRandom(): string {
  return randomBytes(SECRET_BYTES).toString('base64url');
}

/** A private Ed25519 JWK (RFC 8037) with a `kid` of its own, as SIGNING_JWKS lists them. */
export async function makeSigningJwk(): Promise<object> {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const kid = randomBytes(8).toString('hex');
  return { ...(await exportJWK(privateKey)), kid, alg: 'EdDSA', use: 'sig' };
}
