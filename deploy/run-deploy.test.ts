import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DeployContext } from './context.ts';
import { takeDeployLock } from './migrations/lock.ts';
import { runDeploy } from './run-deploy.ts';
import { runRollback } from './run-rollback.ts';
import { type Staging, startStaging } from './testing/harness.ts';

let staging: Staging;
beforeAll(async () => {
  staging = await startStaging();
});
afterAll(() => staging.close());
beforeEach(() => {
  staging.cloudflare.faults.api = () => undefined;
  staging.cloudflare.faults.edge = () => undefined;
});

const never = new AbortController().signal;

async function deploy(
  version: string,
  change: Partial<DeployContext> & { dryRun?: boolean; contract?: boolean; signal?: AbortSignal } = {},
) {
  const { dryRun = false, contract = false, signal = never, ...rest } = change;
  const { context, told } = staging.context(version, rest);
  const error = await runDeploy(context, { dryRun, contract, signal }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return { error, told: told.join('\n') };
}

async function rollBack(wanted?: string) {
  const { context, told } = staging.context('9.9.9');
  const error = await runRollback(context, wanted, never).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return { error, told: told.join('\n') };
}

const script = () => {
  const found = staging.cloudflare.account.scripts.get(staging.environment.worker.name);
  if (found === undefined) throw new Error('no Worker there');
  return found;
};
/** The releases that serve, with their percent. */
const serving = () =>
  Object.fromEntries(
    (script().deployments.at(-1)?.shares ?? []).map(share => [tagOf(share.version_id), share.percentage]),
  );
const tagOf = (id: string) =>
  script().versions.find(version => version.id === id)?.metadata.annotations?.['workers/tag'] ?? id;
const idOf = (tag: string) => script().versions.find(({ id }) => tagOf(id) === tag)?.id;
const writes = () => staging.cloudflare.calls.filter(call => !call.startsWith('GET'));
const guests = () => staging.query('select id from users where deleted_at is null');
/** Nobody holds the lock, no secret lies about. */
async function expectNothingLeft() {
  await (await takeDeployLock({ url: staging.ownerUrl, holder: 'test', waitMs: 1 })).close();
  expect(existsSync(join(staging.folder, 'secrets'))).toBe(false);
  const [{ there } = { there: false }] = await staging.query<{ there: boolean }>(
    "select to_regclass('users') is not null as there",
  );
  if (there) expect(await guests()).toEqual([]);
}

describe('a deploy', () => {
  it('that is a dry run changes nothing, in the database or at Cloudflare', async () => {
    const { error, told } = await deploy('1.0.0+dry', { dryRun: true });
    expect(error).toBeUndefined();
    expect(told).toContain('CREATE TABLE "users"');
    expect(writes()).toEqual([]);
    expect(await staging.query("select 1 from pg_tables where schemaname = 'public'")).toEqual([]);
    await expectNothingLeft();
  });

  it('stops before anything is changed when a secret is missing, naming it and no value', async () => {
    const secrets = {
      ...staging.context('x').context.secrets,
      worker: async () => ({ ...staging.secrets, SIGNING_JWKS: '' }),
    };
    const { error, told } = await deploy('1.0.0+first', { secrets });
    expect(error).toMatchObject({ code: 'config_invalid', message: expect.stringContaining('SIGNING_JWKS') });
    expect(writes()).toEqual([]);
    for (const value of Object.values(staging.secrets)) expect(told).not.toContain(value);
  });

  it('of the first version begins with an empty database and ends with a platform that serves', async () => {
    const { error, told } = await deploy('1.0.0+first');
    expect(error, told).toBeUndefined();
    expect(serving()).toEqual({ '1.0.0+first': 100 });
    expect(script()).toMatchObject({
      migrationTag: 'v1',
      crons: ['* * * * *'],
      routes: [{ pattern: 'staging.example.org/*' }],
    });
    const consumers = staging.cloudflare.account.queues.map(({ name, consumers }) => [
      name,
      consumers.length,
    ]);
    expect(consumers).toEqual([
      ['nearcade-staging-events', 1],
      ['nearcade-staging-events-dead', 1],
    ]);
    const bindings = script().versions[0]?.metadata.bindings ?? [];
    const secrets = bindings.filter(({ type }) => type === 'secret_text');
    expect(Object.fromEntries(secrets.map(({ name, text }) => [name, text]))).toEqual(staging.secrets);
    const history = await staging.query<{ release: string }>(
      'select distinct release from deploy.migrations',
    );
    expect(history).toEqual([{ release: '1.0.0+first' }]);
    await expectNothingLeft();
  });

  it('goes up to all requests share by share, watched, and sets route, cron and queues in the end', async () => {
    const { error, told } = await deploy('1.1.0+good');
    expect(error, told).toBeUndefined();
    const shares = script()
      .deployments.slice(1)
      .map(({ shares }) => shares.find(({ version_id }) => tagOf(version_id) === '1.1.0+good')?.percentage);
    expect(shares).toEqual([0, 10, 50, 100]);
    expect(serving()).toEqual({ '1.1.0+good': 100 });
    expect(staging.cloudflare.calls.at(-1)).toMatch(/queues/);
    expect(told).toMatch(/page with 1 files, guest, games and refusals are right/);
    await expectNothingLeft();
  });

  it('whose migration fails leaves the old version alone and uploads nothing', async () => {
    const before = writes().length;
    // Its tables are there, so that making them fails.
    const [row] = await staging.query<object>(
      "delete from deploy.migrations where tag = '0000_first' returning *",
    );
    const { error } = await deploy('1.2.0+bad');
    await staging.query(
      `insert into deploy.migrations select * from jsonb_populate_record(null::deploy.migrations, '${JSON.stringify(row)}')`,
    );
    expect(error).toMatchObject({
      code: 'migration_failed',
      message: expect.stringContaining('Nothing of it was kept'),
    });
    expect(writes().length).toBe(before);
    expect(serving()).toEqual({ '1.1.0+good': 100 });
    await expectNothingLeft();
  });

  it('whose upload fails leaves the old version with all requests', async () => {
    staging.cloudflare.faults.api = (method, path) =>
      method === 'POST' && path.includes('/versions?')
        ? { status: 400, code: 10021, message: 'no such module' }
        : undefined;
    const { error } = await deploy('1.2.0+bad');
    expect(error).toMatchObject({
      code: 'deploy_failed',
      message: expect.stringContaining('no such module'),
    });
    expect(serving()).toEqual({ '1.1.0+good': 100 });
    await expectNothingLeft();
  });

  it('whose smoke test fails goes back by itself before any player had it', async () => {
    const secrets = {
      ...staging.context('x').context.secrets,
      worker: async () => ({ ...staging.secrets, DATABASE_URL: `${staging.ownerUrl}_gone` }),
    };
    const { error, told } = await deploy('1.2.0+bad', { secrets });
    expect(error, told).toMatchObject({
      code: 'smoke_test_failed',
      message: expect.stringContaining('/readyz: The database does not answer'),
      details: { undone: [expect.stringMatching(/^version .* has all requests again$/)], left: [] },
    });
    const most = Math.max(
      ...script()
        .deployments.flatMap(({ shares }) => shares)
        .filter(({ version_id }) => tagOf(version_id) === '1.2.0+bad')
        .map(({ percentage }) => percentage),
    );
    expect(most).toBe(0);
    expect(serving()).toEqual({ '1.1.0+good': 100 });
    await expectNothingLeft();
  });

  it('whose version fails while it is watched goes back by itself', async () => {
    let asked = 0;
    staging.cloudflare.faults.edge = (path, version) =>
      tagOf(version) === '1.3.0+flaky' && path === '/v1/games' && asked++ > 0 ? 500 : undefined;
    const { error } = await deploy('1.3.0+flaky');
    expect(error).toMatchObject({
      code: 'smoke_test_failed',
      message: expect.stringContaining('requests failed while it was watched'),
    });
    expect(serving()).toEqual({ '1.1.0+good': 100 });
    await expectNothingLeft();
  });

  it('that is interrupted goes back too, and says so', async () => {
    const controller = new AbortController();
    staging.cloudflare.faults.api = (method, path) => {
      if (method === 'POST' && path.endsWith('/deployments') && serving()['1.4.0+stopped'] === 0)
        controller.abort(new Error('Ctrl-C'));
      return undefined;
    };
    const { error, told } = await deploy('1.4.0+stopped', { signal: controller.signal });
    expect(error).toMatchObject({ code: 'deploy_stopped', message: 'Interrupted at "10% of requests".' });
    expect(told).toMatch(/taken back: version .* has all requests again/);
    expect(told).toMatch(/stays: version .*, which serves nobody/);
    expect(serving()).toEqual({ '1.1.0+good': 100 });
    await expectNothingLeft();
  });

  it('refuses to begin while another is half done, which a roll-back ends', async () => {
    const [old, half] = ['1.1.0+good', '1.3.0+flaky'].map(idOf);
    staging.cloudflare.account.deploy(
      staging.environment.worker.name,
      [
        { version_id: old ?? '', percentage: 90 },
        { version_id: half ?? '', percentage: 10 },
      ],
      'killed after this',
    );
    const { error } = await deploy('1.6.0+next');
    expect(error).toMatchObject({ code: 'deploy_refused', message: expect.stringContaining('--rollback') });
    const back = await rollBack();
    expect(back.error, back.told).toBeUndefined();
    expect(serving()).toEqual({ '1.1.0+good': 100 });
    await expectNothingLeft();
  });
});

describe('rolling back', () => {
  it('goes to the version that served before, or to the one that is named', async () => {
    const { error, told } = await rollBack();
    expect(error, told).toBeUndefined();
    expect(serving()).toEqual({ '1.0.0+first': 100 });
    expect((await rollBack('1.0.0+first')).error).toMatchObject({
      code: 'deploy_refused',
      message: expect.stringContaining('serves already'),
    });
    expect((await rollBack('7.7.7')).error).toMatchObject({
      code: 'deploy_refused',
      message: expect.stringContaining('1.1.0+good'),
    });
    await expectNothingLeft();
  });

  it('refuses a version whose columns a contract migration has taken away', async () => {
    await staging.query(
      "update deploy.migrations set kind = 'contract', applied_at = now() where tag = '0000_first'",
    );
    const { error } = await rollBack('1.1.0+good');
    await staging.query("update deploy.migrations set kind = 'expand' where tag = '0000_first'");
    expect(error).toMatchObject({
      code: 'deploy_refused',
      message: expect.stringContaining('0000_first took it away'),
    });
    expect(serving()).toEqual({ '1.0.0+first': 100 });
  });
});

describe('a Durable Object migration', () => {
  it('is deployed at once, since Cloudflare shares none out; it stays when the smoke test fails, and that is said', async () => {
    script().migrationTag = 'v0';
    staging.cloudflare.faults.edge = path => (path === '/openapi.json' ? 500 : undefined);
    const { error, told } = await deploy('2.0.0+objects');
    expect(error).toMatchObject({ code: 'smoke_test_failed' });
    expect(told).toContain('Cloudflare goes back over no Durable Object migration');
    expect(serving()).toEqual({ '2.0.0+objects': 100 });
    expect(script().migrationTag).toBe('v1');
  });
});
