import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import type { DeployContext } from '#deploy/context.ts';
import { type Migration, makeMigration, readMigrations } from '#deploy/migrations/files.ts';
import { takeDeployLock } from '#deploy/migrations/lock.ts';
import { writeConfig } from '#deploy/wrangler/config.ts';
import { openWrangler } from '#deploy/wrangler/wrangler.ts';
import type { Change, Deploys } from './deploys.ts';
import type { Staging } from './harness.ts';
import { writeTree } from './tree.ts';

interface Place {
  staging: Staging;
  deploys: Deploys;
  /** Done when the deploy has ended. */
  whenOver: (end: () => Promise<void>) => void;
}

const DEPLOYMENTS = /\/deployments(\?|$)/;

/** The Worker's secrets with some that are others. */
export const secretsWith = (staging: Staging, change: Record<string, string>): DeployContext['secrets'] => ({
  ...staging.context('x').context.secrets,
  worker: async () => ({ ...staging.secrets, ...change }),
});

/** This clone's migrations and one more. */
export const migrationsWith = (tag: string, text: string): Migration[] => [
  ...readMigrations(),
  makeMigration(tag, text),
];

/** A clone of which this is wrong, checked and built as anywhere but in CI. */
function planted({ staging }: Place, files: Record<string, string>): Change {
  const { config, env } = staging.context('x').context;
  const { NEARCADE_WEB_DIR: _, ...rest } = env;
  const built = { ...config, assets: { ...config.assets, directory: join(staging.folder, 'unbuilt') } };
  const tree = writeTree(mkdtempSync(join(staging.folder, 'tree-')), files);
  return { tree, config: built, env: { ...rest, CI: '' } };
}

/** How often the secrets are read before they are uploaded: are they complete, and do they open what they are for. */
const TRIED = 2;

/** One step of a deploy that fails in one way, when `1.1.0+good` serves. */
export interface Failure {
  /** The step that fails, and how. */
  at: string;
  /** Makes it fail. */
  fault: (at: Place) => Change | Promise<Change>;
  error: { code: string; message: RegExp };
  /** By then nothing was changed: neither at Cloudflare nor in the database. */
  isEarly?: true;
  /** The shares that the new version had on the way. */
  shares: number[];
  /** What of it stays, beside the version that was uploaded. */
  stays?: RegExp;
  /** What cannot be taken back. */
  left?: RegExp;
}

export const FAILURES: readonly Failure[] = [
  {
    at: 'types: one is wrong',
    fault: at => planted(at, { 'edge/web/app.ts': "export const seats: number = 'two';\n" }),
    error: { code: 'deploy_refused', message: /^tsc --noEmit -p edge\/web:\n.*TS2322/s },
    isEarly: true,
    shares: [],
  },
  {
    at: 'lint: something is forbidden',
    fault: at => planted(at, { 'local.ts': 'debugger;\nexport const local = 1;\n' }),
    error: { code: 'deploy_refused', message: /^biome ci \.:\n.*noDebugger/s },
    isEarly: true,
    shares: [],
  },
  {
    at: 'the web app: it cannot be built',
    fault: at =>
      planted(at, { 'edge/web/index.html': '<script type="module" src="/nowhere.ts"></script>\n' }),
    error: { code: 'deploy_refused', message: /^vite\.js build web .*nowhere\.ts/s },
    isEarly: true,
    shares: [],
  },
  {
    at: 'the bundle: it cannot be made',
    fault: ({ staging }) => {
      const { config, env } = staging.context('x').context;
      const folder = join(staging.folder, 'broken');
      const broken = writeConfig({ ...config, main: join(folder, 'nowhere.ts') }, folder);
      return { wrangler: openWrangler({ config: broken, folder, env }) };
    },
    error: { code: 'deploy_failed', message: /wrangler deploy.*nowhere\.ts/s },
    isEarly: true,
    shares: [],
  },
  {
    at: 'the lock: another deploy has it',
    fault: async ({ staging, whenOver }) => {
      const lock = await takeDeployLock({ url: staging.ownerUrl, holder: 'deploy by ada', waitMs: 1 });
      whenOver(() => lock.close());
      return { lockWaitMs: 1 };
    },
    error: { code: 'deploy_locked', message: /"deploy by ada"/ },
    isEarly: true,
    shares: [],
  },
  {
    at: "what serves now: Cloudflare's API is away",
    fault: ({ deploys }) => {
      deploys.refuse('GET', /\/services\//);
      return {};
    },
    error: { code: 'deploy_failed', message: /Cloudflare's API says 400/ },
    isEarly: true,
    shares: [],
  },
  {
    at: 'a dry run: a migration fails',
    fault: () => ({
      dryRun: true,
      migrations: migrationsWith('9001_bad', 'alter table nowhere add column x int'),
    }),
    error: { code: 'migration_failed', message: /9001_bad: .*does not exist/ },
    isEarly: true,
    shares: [],
  },
  {
    at: 'the migrations: one fails',
    fault: () => ({ migrations: migrationsWith('9001_bad', 'alter table nowhere add column x int') }),
    error: { code: 'migration_failed', message: /9001_bad: .*does not exist.*Nothing of it was kept/ },
    isEarly: true,
    shares: [],
  },
  {
    at: 'the upload: Cloudflare refuses it',
    fault: ({ deploys }) => {
      deploys.refuse('POST', /\/versions\?/);
      return {};
    },
    error: { code: 'deploy_failed', message: /Cloudflare refuses/ },
    shares: [],
  },
  {
    at: 'the upload: the lock is lost meanwhile',
    fault: ({ staging }) => {
      staging.cloudflare.faults.api = async (method, path) => {
        if (method === 'POST' && path.includes('/versions?')) {
          await staging.query("select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory'");
        }
        return undefined;
      };
      return {};
    },
    error: { code: 'deploy_locked', message: /The connection that held the lock is gone/ },
    shares: [],
    stays: /^version .*, which serves nobody$/,
  },
  {
    at: '0%: Cloudflare refuses it, and to go back',
    fault: ({ deploys }) => {
      deploys.refuse('POST', DEPLOYMENTS, { isForGood: true });
      return { wrangler: deploys.uploadingOnce };
    },
    error: { code: 'deploy_failed', message: /Cloudflare refuses.* AND: 0% of requests/s },
    shares: [],
    stays: /^version .*, which serves nobody$/,
    left: /Cloudflare refuses/,
  },
  {
    at: '0%: its smoke test fails, since a secret was changed after it was tried',
    fault: ({ staging }) => {
      const { secrets } = staging.context('x').context;
      let asked = 0;
      const worker = async () => {
        asked++;
        return asked <= TRIED
          ? secrets.worker()
          : { ...staging.secrets, UPSTASH_REDIS_REST_TOKEN: 'another' };
      };
      return { secrets: { ...secrets, worker } };
    },
    error: { code: 'smoke_test_failed', message: /\/readyz: Not ready: redis/ },
    shares: [0],
    stays: /^version .*, which serves nobody$/,
  },
  {
    at: '10%: it is interrupted',
    fault: ({ staging, deploys }) => {
      const controller = new AbortController();
      staging.cloudflare.faults.api = (method, path) => {
        const isOffered = Object.keys(deploys.serving).length === 2;
        if (method !== 'POST' || !DEPLOYMENTS.test(path) || !isOffered || controller.signal.aborted) {
          return undefined;
        }
        controller.abort(new Error('Ctrl-C'));
        return { status: 400, code: 10021, message: 'too late' };
      };
      return { wrangler: deploys.uploadingOnce, signal: controller.signal };
    },
    error: { code: 'deploy_stopped', message: /^Interrupted at "10% of requests"\.$/ },
    shares: [0],
  },
  {
    at: '50%: it fails while it is watched',
    fault: ({ staging, deploys }) => {
      staging.cloudflare.faults.edge = path =>
        path === '/v1/games' && deploys.serving['1.1.0+good'] === 50 ? 500 : undefined;
      return { wrangler: deploys.uploadingOnce };
    },
    error: { code: 'smoke_test_failed', message: /requests failed while it was watched/ },
    shares: [0, 10, 50],
  },
  {
    at: '100%: Cloudflare refuses it',
    fault: ({ deploys }) => {
      deploys.refuse('POST', DEPLOYMENTS, { nth: 4 });
      return { wrangler: deploys.uploadingOnce };
    },
    error: { code: 'deploy_failed', message: /^wrangler versions deploy: .*Cloudflare refuses/s },
    shares: [0, 10, 50],
  },
  {
    at: 'route, cron and queues: Cloudflare refuses them, when all requests have it',
    fault: ({ deploys }) => {
      deploys.refuse('PUT', /\/schedules$/);
      return { wrangler: deploys.uploadingOnce };
    },
    error: { code: 'deploy_failed', message: /Cloudflare refuses/ },
    shares: [0, 10, 50, 100],
    stays: /^route, cron and queue consumers as far as they were changed/,
  },
];
