import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import type { DeployContext } from '#deploy/context.ts';
import { type CloudEnvironment, loadEnvironment } from '#deploy/environment.ts';
import { Visitor } from '#deploy/smoke/visitor.ts';
import { wranglerConfig, writeConfig } from '#deploy/wrangler/config.ts';
import { openWrangler, type Wrangler } from '#deploy/wrangler/wrangler.ts';
import { NEARCADE_DIR } from '#local/paths.ts';
import { startTestServices, type TestServices } from '#local/test/services.ts';
import { type Cloudflare, startCloudflare } from './cloudflare/cloudflare.ts';
import { EXAMPLE_ENVIRONMENTS } from './environments.ts';

/** Settings of the services here that are plain variables in the cloud; the others of `workerSettings` are secrets. */
const VARIABLES = [
  'NEON_FETCH_ENDPOINT',
  'UPSTASH_REDIS_REST_URL',
  'SAVES_S3_ENDPOINT',
  'SAVES_S3_REGION',
  'SAVES_S3_BUCKET',
] as const;
const SECRETS = [
  'UPSTASH_REDIS_REST_TOKEN',
  'SIGNING_JWKS',
  'NODE_REGISTRATION_KEY',
  'SAVES_S3_ACCESS_KEY_ID',
  'SAVES_S3_SECRET_ACCESS_KEY',
] as const;

/** Staging with real Postgres, Redis, object store and Worker behind a stand-in for Cloudflare. */
export interface Staging {
  readonly environment: CloudEnvironment;
  readonly cloudflare: Cloudflare;
  readonly services: TestServices;
  /** Of the database that this staging is on: its owner's. */
  readonly ownerUrl: string;
  /** What the Worker's secrets are now: a test may change them. */
  readonly secrets: Record<string, string>;
  readonly folder: string;
  /** The built web app. */
  readonly web: string;
  /** What `npm run deploy` works with, for a release. Lines that are told go to `told`. */
  context(version: string, change?: Partial<DeployContext>): { context: DeployContext; told: string[] };
  /** A new, empty database. */
  newDatabase(): Promise<string>;
  query<Row extends object>(text: string, url?: string): Promise<Row[]>;
  close(): Promise<void>;
}

export async function startStaging(): Promise<Staging> {
  mkdirSync(NEARCADE_DIR, { recursive: true });
  const folder = mkdtempSync(join(NEARCADE_DIR, 'test-deploy-'));
  const services = await startTestServices();
  const { workerSettings: settings, data } = services;
  const staging = loadEnvironment('staging', EXAMPLE_ENVIRONMENTS);
  const environment: CloudEnvironment = {
    ...staging,
    worker: {
      ...staging.worker,
      vars: {
        ...staging.worker.vars,
        ...Object.fromEntries(VARIABLES.map(name => [name, settings[name]])),
      },
    },
  };
  const cloudflare = await startCloudflare({ worker: environment.worker.name });
  const newDatabase = async () => {
    const name = `staging_${randomUUID().slice(0, 8)}`;
    await ask(data.postgres.adminUrl, `create database ${name} owner nearcade`);
    return data.postgres.url.replace(/\/nearcade$/, `/${name}`);
  };
  const ownerUrl = await newDatabase();
  const secrets: Record<string, string> = {
    ...Object.fromEntries(SECRETS.map(name => [name, settings[name]])),
    DATABASE_URL: ownerUrl,
    DNS_API_TOKEN: `token-of-the-zone-${randomUUID()}`,
    SES_ACCESS_KEY_ID: `key-of-the-mails-${randomUUID()}`,
    SES_SECRET_ACCESS_KEY: `secret-of-the-mails-${randomUUID()}`,
  };
  const web = writeWeb(join(folder, 'web'));
  const env = { ...process.env, ...cloudflare.env, CI: '1', NEARCADE_WEB_DIR: web };
  const base = wranglerConfig(environment);
  const config = { ...base, assets: { ...base.assets, directory: web } };
  const wrangler = bundlingOnce(openWrangler({ config: writeConfig(config, folder), folder, env }));
  return {
    environment,
    cloudflare,
    services,
    ownerUrl,
    secrets,
    folder,
    web,
    newDatabase,
    query: (text, url = ownerUrl) => ask(url, text),
    context(version, change = {}) {
      const told: string[] = [];
      const context: DeployContext = {
        environment,
        release: { version, commit: version, subject: `release ${version}` },
        config,
        wrangler,
        secrets: { worker: async () => ({ ...secrets }), ownerUrl: async () => ownerUrl },
        folder,
        env,
        visitor: pinned => new Visitor(cloudflare.publicUrl, environment.worker.name, pinned),
        watchSeconds: 0,
        progress: line => told.push(line),
        sleep: async () => {},
        ...change,
      };
      return { context, told };
    },
    async close() {
      await cloudflare.close();
      await services.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The real wrangler; but the bundle is the same each time, and made once. */
function bundlingOnce(wrangler: Wrangler): Wrangler {
  let bundled: Promise<string> | undefined;
  return {
    ...wrangler,
    run(args, signal) {
      if (!args.includes('--dry-run')) return wrangler.run(args, signal);
      bundled ??= wrangler.run(args, signal);
      return bundled;
    },
  };
}

/** A page as Vite builds one, small. */
function writeWeb(folder: string): string {
  mkdirSync(join(folder, 'assets'), { recursive: true });
  writeFileSync(join(folder, 'assets', 'app-1234.js'), 'export {};\n');
  writeFileSync(
    join(folder, 'index.html'),
    '<!doctype html><script type="module" src="/assets/app-1234.js"></script>\n',
  );
  return folder;
}

async function ask<Row extends object>(url: string, text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}
