import { FileStore } from '#secrets/file-store.ts';
import { makeRandom, makeSigningJwk } from '#secrets/make.ts';

/** What the parts of one platform prove to each other. Made at its first start, then kept. */
export interface Secrets {
  postgresAdmin: string;
  postgres: string;
  redis: string;
  upstashToken: string;
  /** What a media node shows to register: the keys that the Worker takes, separated by commas. */
  nodeRegistrationKey: string;
  /** What the stand-in for a payment provider signs with. */
  paymentWebhook: string;
  /** What the object store takes as its one account's secret key. */
  objectStoreKey: string;
  /** JSON array of private Ed25519 JWKs: what the Worker signs tickets and access tokens with. */
  signingJwks: string;
}

/**
 * Reads the secrets in a folder, one 0600 file each; makes those that are missing. Those that the cloud has too have the same names
 * (secrets/declared.json), so that the folder `node` is all that a node needs.
 */
export async function loadSecrets(folder: string): Promise<Secrets> {
  const store = new FileStore(folder);
  const secrets = {
    postgresAdmin: await store.ensure('postgres-admin-password', makeRandom),
    postgres: await store.ensure('postgres-password', makeRandom),
    redis: await store.ensure('redis-password', makeRandom),
    upstashToken: await store.ensure('worker/UPSTASH_REDIS_REST_TOKEN', makeRandom),
    nodeRegistrationKey: await store.ensure('worker/NODE_REGISTRATION_KEY', makeRandom),
    paymentWebhook: await store.ensure('worker/PAYMENT_WEBHOOK_SECRETS', makeRandom),
    objectStoreKey: await store.ensure('worker/SAVES_S3_SECRET_ACCESS_KEY', makeRandom),
    signingJwks: await store.ensure('worker/SIGNING_JWKS', async () =>
      JSON.stringify([await makeSigningJwk()]),
    ),
  };
  const [newest = ''] = secrets.nodeRegistrationKey.split(',');
  if ((await store.readStage('node/fleet-key', 'current')) !== newest) {
    await store.put('node/fleet-key', newest, 'current');
  }
  return secrets;
}
