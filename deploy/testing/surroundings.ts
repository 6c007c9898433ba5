import type { DeployContext } from '#deploy/context.ts';
import type { Change } from './deploys.ts';
import { secretsWith } from './failures.ts';
import type { Staging } from './harness.ts';

/** A secret or place of the Worker's that is wrong, and the one sentence that says so. */
export interface WrongBackend {
  what: string;
  change: (staging: Staging) => Change;
  told: RegExp;
}

const varsWith = (staging: Staging, change: Record<string, string>): Pick<DeployContext, 'config'> => {
  const { config } = staging.context('x').context;
  return { config: { ...config, vars: { ...config.vars, ...change } } };
};

export const WRONG_BACKENDS: readonly WrongBackend[] = [
  {
    what: "the password of the Worker's role",
    change: staging => {
      const url = new URL(staging.ownerUrl);
      url.password = 'of-somebody-else';
      return { secrets: secretsWith(staging, { DATABASE_URL: url.href }) };
    },
    told: /^DATABASE_URL: The database cannot be reached: password authentication failed for user "\w+"\.$/,
  },
  {
    what: 'the token of Redis',
    change: staging => ({ secrets: secretsWith(staging, { UPSTASH_REDIS_REST_TOKEN: 'of-somebody-else' }) }),
    told: /^UPSTASH_REDIS_REST_TOKEN: Redis at http:\S+ refuses it \(WRONGPASS [^)]+\)\.$/,
  },
  {
    what: "the secret key of the store's account",
    change: staging => ({
      secrets: secretsWith(staging, { SAVES_S3_SECRET_ACCESS_KEY: 'of-somebody-else' }),
    }),
    told: /^SAVES_S3_ACCESS_KEY_ID, SAVES_S3_SECRET_ACCESS_KEY: http:\S+ does not let them read in nearcade-saves \(SignatureDoesNotMatch\)\.$/,
  },
  {
    what: 'the bucket',
    change: staging => varsWith(staging, { SAVES_S3_BUCKET: 'nobodys-bucket' }),
    told: /^SAVES_S3_BUCKET: http:\S+ has no bucket nobodys-bucket\.$/,
  },
  {
    what: 'what answers in place of Redis',
    change: staging =>
      varsWith(staging, { UPSTASH_REDIS_REST_URL: staging.services.workerSettings.SAVES_S3_ENDPOINT }),
    told: /^UPSTASH_REDIS_REST_URL: what answers at http:\S+ is no Redis of Upstash\.$/,
  },
];

/** Redis and the store, where nobody is. */
export const awayBackends = (staging: Staging): Change =>
  varsWith(staging, {
    UPSTASH_REDIS_REST_URL: 'http://127.0.0.1:1',
    SAVES_S3_ENDPOINT: 'http://127.0.0.1:2',
  });
