import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';

/** The key that an edge signs by, made for one test. */
export class TestKeys {
  /** What nodes check signatures by: its public half alone, named `test-key`. */
  readonly jwks: object;
  readonly #privateKey: CryptoKey;

  private constructor(jwks: object, privateKey: CryptoKey) {
    this.jwks = jwks;
    this.#privateKey = privateKey;
  }

  static async make(): Promise<TestKeys> {
    const { privateKey, publicKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
    const { x } = await exportJWK(publicKey);
    const jwks = { keys: [{ kty: 'OKP', crv: 'Ed25519', x, kid: 'test-key', alg: 'EdDSA', use: 'sig' }] };
    return new TestKeys(jwks, privateKey);
  }

  /** A token of the type `typ`, said to be signed by the key `kid`. */
  sign(payload: JWTPayload, kid: string, typ: string): Promise<string> {
    return new SignJWT(payload).setProtectedHeader({ alg: 'EdDSA', typ, kid }).sign(this.#privateKey);
  }
}
