import { type CloudEnvironment, environmentSchema } from '#deploy/environment.ts';

/** staging as somebody has filled it in; nothing of it is anybody's (`.test`: RFC 2606). Made by hand, so that no test goes by the real file. */
export function ownEnvironment(): CloudEnvironment {
  return parse({
    account: '1234567890abcdef1234567890abcdef',
    awsAccount: '123456789012',
    zone: 'nearcade.test',
  });
}

/** The same as it comes with Nearcade. */
export function exampleEnvironment(): CloudEnvironment {
  return parse({ account: '0'.repeat(32), awsAccount: '0'.repeat(12), zone: 'example.org' });
}

function parse({
  account,
  awsAccount,
  zone,
}: {
  account: string;
  awsAccount: string;
  zone: string;
}): CloudEnvironment {
  const environment = environmentSchema.parse({
    name: 'staging',
    publicUrl: `https://staging.${zone}`,
    worker: {
      name: 'nearcade-staging',
      vars: {
        PLATFORM_NAME: 'main',
        DNS_ZONE_ID: account,
        UPSTASH_REDIS_REST_URL: 'https://nearcade-staging.upstash.io',
        MAIL_ADAPTER: 'ses',
        MAIL_FROM: `Nearcade <noreply@staging.${zone}>`,
        SES_REGION: 'eu-central-1',
        FIRST_ADMIN_EMAIL: `admin@${zone}`,
        SAVES_S3_ENDPOINT: `https://${account}.r2.cloudflarestorage.com`,
        SAVES_S3_REGION: 'auto',
        SAVES_S3_BUCKET: 'nearcade-staging-saves',
        PAYMENTS: 'off',
        WELCOME_CREDITS: '500',
      },
    },
    cloudflare: { accountId: account, zone, requestsPerMinutePerAddress: 1200 },
    neon: { region: 'aws-eu-central-1', historySeconds: 86_400, minCu: 0.25, maxCu: 1 },
    upstash: { primaryRegion: 'eu-central-1', readRegions: [] },
    aws: { accountId: awsAccount, secretsRegion: 'eu-central-1' },
    node: {
      domain: `nodes.staging.${zone}`,
      acmeDirectory: 'https://acme-v02.api.letsencrypt.org/directory',
      acmeEmail: `operations@${zone}`,
      slots: 2,
      drainSeconds: 60,
    },
    regions: {
      'eu-central-1': { cidr: '10.10.0.0/16', instanceTypes: ['c7i.xlarge'], minNodes: 1, maxNodes: 2 },
    },
    alarmEmail: `operations@${zone}`,
  });
  if (environment.name !== 'staging') throw new Error('is not staging');
  return environment;
}
