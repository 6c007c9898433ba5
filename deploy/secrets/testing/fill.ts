import { randomBytes } from 'node:crypto';
import { makeSigningJwk } from '#secrets/make.ts';
import type { SecretsManagerStandIn } from '#secrets/testing/secrets-manager.ts';

/** Random, and told apart from anything else that a log may hold. */
export const canary = (): string => `canary-${randomBytes(24).toString('base64url')}`;

/**
 * Gives every secret of staging a value that the Worker takes, with nothing in it that could be anywhere by accident. `databaseUrl`: where a real
 * Postgres is.
 */
export async function fillSecrets(
  manager: SecretsManagerStandIn,
  { databaseUrl = `postgresql://nearcade_app_a:${canary()}@db.example.org/nearcade` } = {},
): Promise<void> {
  const key = canary();
  const values = {
    'worker/DATABASE_URL': databaseUrl,
    'worker/UPSTASH_REDIS_REST_TOKEN': canary(),
    'worker/SIGNING_JWKS': JSON.stringify([await makeSigningJwk()]),
    'worker/NODE_REGISTRATION_KEY': key,
    'worker/DNS_API_TOKEN': canary(),
    'worker/SAVES_S3_ACCESS_KEY_ID': canary(),
    'worker/SAVES_S3_SECRET_ACCESS_KEY': canary(),
    'worker/SES_ACCESS_KEY_ID': canary(),
    'worker/SES_SECRET_ACCESS_KEY': canary(),
    'node/fleet-key': key,
    'deploy/database-owner-url': `postgresql://owner:${canary()}@db.example.org/nearcade`,
  };
  for (const [name, text] of Object.entries(values)) manager.set(`nearcade/staging/${name}`, text);
}
