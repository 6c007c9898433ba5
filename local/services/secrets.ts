import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exportJWK, generateKeyPair } from 'jose';

/** Random bytes of a password or token: beyond guessing. */
const SECRET_BYTES = 32;

/** What the parts of one platform prove to each other. Made at its first start, then kept. */
export interface Secrets {
  postgresAdmin: string;
  postgres: string;
  redis: string;
  upstashToken: string;
  /** What a media node shows to register. */
  nodeRegistrationKey: string;
  /** What the stand-in for a payment provider signs with. */
  paymentWebhook: string;
  /** What the object store takes as its one account's secret key. */
  objectStoreKey: string;
  /** JSON array of one private Ed25519 JWK: what the Worker signs tickets and access tokens with. */
  signingJwks: string;
}

/** Reads the secrets in a folder, one 0600 file each; makes those that are missing. */
export async function loadSecrets(folder: string): Promise<Secrets> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const password = (name: string) =>
    readOrMake(folder, name, () => Promise.resolve(randomBytes(SECRET_BYTES).toString('base64url')));
  return {
    postgresAdmin: await password('postgres-admin-password'),
    postgres: await password('postgres-password'),
    redis: await password('redis-password'),
    upstashToken: await password('upstash-token'),
    nodeRegistrationKey: await password('node-registration-key'),
    paymentWebhook: await password('payment-webhook-secret'),
    objectStoreKey: await password('object-store-key'),
    signingJwks: await readOrMake(folder, 'signing-jwks.json', makeSigningJwks),
  };
}

async function readOrMake(folder: string, name: string, make: () => Promise<string>): Promise<string> {
  const path = join(folder, name);
  if (!existsSync(path)) {
    writeFileSync(`${path}.new`, await make(), { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }
  return readFileSync(path, 'utf8');
}

async function makeSigningJwks(): Promise<string> {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const kid = randomBytes(8).toString('hex');
  return JSON.stringify([{ ...(await exportJWK(privateKey)), kid, alg: 'EdDSA', use: 'sig' }]);
}
