import { loadEnvironment } from '#deploy/environment.ts';
import type { DataServices } from './data-services.ts';
import type { Secrets } from './secrets.ts';

/** What the Worker is told of its surroundings: a type, not an interface, since vitest passes it between processes. */
export type WorkerSettings = {
  /** Of environments/local.json: MAIL_ADAPTER, PAYMENTS and others. */
  [name: string]: string;
  PUBLIC_URL: string;
  DATABASE_URL: string;
  NEON_FETCH_ENDPOINT: string;
  UPSTASH_REDIS_REST_URL: string;
  UPSTASH_REDIS_REST_TOKEN: string;
  SIGNING_JWKS: string;
  NODE_REGISTRATION_KEY: string;
  PAYMENT_WEBHOOK_SECRETS: string;
  SAVES_S3_ENDPOINT: string;
  SAVES_S3_REGION: string;
  SAVES_S3_BUCKET: string;
  SAVES_S3_ACCESS_KEY_ID: string;
  SAVES_S3_SECRET_ACCESS_KEY: string;
};

/** The settings (edge/env.ts) that lead the Worker to these services. `publicUrl`: where players open the web app. */
export function workerSettings(data: DataServices, secrets: Secrets, publicUrl: string): WorkerSettings {
  return {
    PUBLIC_URL: publicUrl,
    ...loadEnvironment('local').worker.vars,
    DATABASE_URL: data.postgres.url,
    NEON_FETCH_ENDPOINT: data.neon.fetchEndpoint,
    UPSTASH_REDIS_REST_URL: data.upstash.url,
    UPSTASH_REDIS_REST_TOKEN: secrets.upstashToken,
    SIGNING_JWKS: secrets.signingJwks,
    NODE_REGISTRATION_KEY: secrets.nodeRegistrationKey,
    PAYMENT_WEBHOOK_SECRETS: secrets.paymentWebhook,
    SAVES_S3_ENDPOINT: data.objectStore.url,
    SAVES_S3_REGION: data.objectStore.region,
    SAVES_S3_BUCKET: data.objectStore.bucket,
    SAVES_S3_ACCESS_KEY_ID: data.objectStore.accessKeyId,
    SAVES_S3_SECRET_ACCESS_KEY: secrets.objectStoreKey,
  };
}
