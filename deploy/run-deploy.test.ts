import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NearcadeError } from '#shared/errors.ts';
import { takeDeployLock } from './migrations/lock.ts';
import { smokeTest } from './smoke/smoke-test.ts';
import { watch } from './smoke/watch.ts';
import { backendsCheck } from './steps/backends.ts';
import { Deploys } from './testing/deploys.ts';
import { FAILURES, migrationsWith, secretsWith } from './testing/failures.ts';
import { type Staging, startStaging } from './testing/harness.ts';
import { awayBackends, WRONG_BACKENDS } from './testing/surroundings.ts';

let staging: Staging;
let deploys: Deploys;
beforeAll(async () => {
  staging = await startStaging();
  deploys = new Deploys(staging);
});
afterAll(() => staging.close());
beforeEach(() => {
  staging.cloudflare.faults.api = () => undefined;
  staging.cloudflare.faults.edge = () => undefined;
});

/** What was changed so far, anywhere. */
const changed = async () => [
  ...writes(),
  ...(await staging.query('select * from deploy.migrations order by tag')),
];
const writes = () => staging.cloudflare.calls.filter(call => !call.startsWith('GET'));
/** A short one may be a word of something else. */
const isLong = ({ length }: string) => length > 15;
const DEPLOYMENTS = /\/deployments(\?|$)/;
const SCRIPT = /\/scripts\/[^/?]+(\?|$)/;

describe('the first deploy', () => {
  it('that is a dry run changes nothing, in the database or at Cloudflare', async () => {
    const { error, told } = await deploys.deploy('1.0.0+dry', { dryRun: true });
    expect(error).toBeUndefined();
    expect(told).toContain('CREATE TABLE "users"');
    expect(writes()).toEqual([]);
    expect(await staging.query("select 1 from pg_tables where schemaname = 'public'")).toEqual([]);
    await deploys.expectNothingLeft();
  });

  it('stops before anything is changed when a secret is missing, naming it and no value', async () => {
    const { error, told } = await deploys.deploy('1.0.0+first', {
      secrets: secretsWith(staging, { SIGNING_JWKS: '' }),
    });
    expect(error).toMatchObject({ code: 'config_invalid', message: expect.stringContaining('SIGNING_JWKS') });
    expect(writes()).toEqual([]);
    for (const value of Object.values(staging.secrets)) expect(told).not.toContain(value);
  });

  it.each(WRONG_BACKENDS)('tries $what before anything is changed, also as a dry run', async wrong => {
    for (const dryRun of [false, true]) {
      const { error, told } = await deploys.deploy('1.0.0+first', { ...wrong.change(staging), dryRun });
      const message = expect.stringMatching(wrong.told);
      expect(error, told).toMatchObject({ code: 'deploy_refused', message });
      expect(told).not.toContain('of-somebody-else');
      for (const value of Object.values(staging.secrets).filter(isLong)) expect(told).not.toContain(value);
    }
    expect(writes()).toEqual([]);
    expect(await staging.query("select 1 from pg_tables where schemaname in ('public', 'deploy')")).toEqual(
      [],
    );
  });

  it('goes on where Redis and the store are away, and tells of it', async () => {
    const { context } = staging.context('1.0.0+first', awayBackends(staging));
    const told = await backendsCheck(context).run(new AbortController().signal);
    expect(told).toMatch(/^COULD NOT BE TRIED: UPSTASH_REDIS_REST_URL: .* SAVES_S3_ENDPOINT: /);
  });

  it('that Cloudflare refuses, or whose smoke test fails, says what stays: there is nothing to go back to', async () => {
    deploys.refuse('PUT', SCRIPT);
    const stays = expect.arrayContaining([
      'the first version, if it has arrived: there is none to go back to',
      expect.stringMatching(/^the migrations 0000_first/),
    ]);
    expect((await deploys.deploy('1.0.0+first')).error).toMatchObject({
      code: 'deploy_failed',
      message: expect.stringContaining('Cloudflare refuses'),
      details: { stays, undone: [], left: [] },
    });
    expect(staging.cloudflare.account.scripts.size).toBe(0);
    staging.cloudflare.faults.edge = path => (path === '/openapi.json' ? 500 : undefined);
    const { error } = await deploys.deploy('1.0.0+first');
    expect(error).toMatchObject({
      code: 'smoke_test_failed',
      details: { stays: [expect.stringContaining('there is none to go back to')] },
    });
    await deploys.expectNothingLeft();
    staging.cloudflare.account.scripts.clear();
  });

  it('ends with a platform that serves, however long its route takes to be known', async () => {
    const answers = [522, 404, 530];
    staging.cloudflare.faults.edge = () => answers.shift();
    const { error, told } = await deploys.deploy('1.0.0+first');
    expect(error, told).toBeUndefined();
    expect(answers).toEqual([]);
    expect(deploys.serving).toEqual({ '1.0.0+first': 100 });
    expect(deploys.script).toMatchObject({
      migrationTag: 'v1',
      crons: ['* * * * *'],
      routes: [{ pattern: 'staging.players.test/*' }],
    });
    const consumers = staging.cloudflare.account.queues.map(({ name, consumers }) => [
      name,
      consumers.length,
    ]);
    expect(told).toContain(
      'nearcade-staging-events -> nearcade-staging-events-dead, nearcade-staging-events-dead',
    );
    expect(consumers).toEqual([
      ['nearcade-staging-events', 1],
      ['nearcade-staging-events-dead', 1],
    ]);
    const bindings = deploys.script.versions[0]?.metadata.bindings ?? [];
    const secrets = bindings.filter(({ type }) => type === 'secret_text');
    expect(Object.fromEntries(secrets.map(({ name, text }) => [name, text]))).toEqual(staging.secrets);
    const history = await staging.query<{ release: string }>(
      'select distinct release from deploy.migrations',
    );
    expect(history).toEqual([{ release: '1.0.0+first' }]);
    await deploys.expectNothingLeft();
  });
});

describe('a deploy', () => {
  it('goes up to all requests share by share, watched, sets route, cron and queues, and takes away last', async () => {
    await staging.query('create table of_older_workers ()');
    const { error, told } = await deploys.deploy('1.1.0+good', {
      contract: true,
      migrations: migrationsWith('9000_contract_older', 'drop table of_older_workers'),
    });
    expect(error, told).toBeUndefined();
    expect(deploys.sharesBeside('1.0.0+first')).toEqual([0, 10, 50, 100]);
    expect(deploys.serving).toEqual({ '1.1.0+good': 100 });
    expect(staging.cloudflare.calls.at(-1)).toMatch(/queues/);
    expect(told).toMatch(/page with 1 files, guest, games and refusals are right/);
    expect(told).toMatch(
      /9000_contract_older wait for --contract[\s\S]*100% of requests[\s\S]*route, cron[\s\S]*9000_contract_older: applied[\s\S]*no way back/,
    );
    await deploys.expectNothingLeft();
    expect((await deploys.rollBack()).error).toMatchObject({
      code: 'deploy_refused',
      message: expect.stringContaining('9000_contract_older took it away'),
    });
    await staging.query("delete from deploy.migrations where tag = '9000_contract_older'");
  });

  it.each(FAILURES)('that fails at $at leaves what served with all requests', async failure => {
    const { fault, shares, stays, isEarly } = failure;
    const before = await changed();
    const deployments = deploys.script.deployments.length;
    const ended: (() => Promise<void>)[] = [];
    const change = await fault({ staging, deploys, whenOver: end => ended.push(end) });
    const { error, told } = await deploys.deploy('1.2.0+bad', change);
    await Promise.all(ended.map(end => end()));
    const message = expect.stringMatching(failure.error.message);
    expect(error, told).toMatchObject({ code: failure.error.code, message });
    expect(deploys.serving).toEqual({ '1.1.0+good': 100 });
    expect(deploys.sharesBeside('1.1.0+good', deployments)).toEqual(shares);
    if (isEarly) expect(await changed()).toEqual(before);
    if (shares.length > 0) {
      expect(told).toMatch(/taken back: version .* has all requests again/);
    }
    if (failure.left === undefined) {
      const left = error instanceof NearcadeError ? error.details?.left : undefined;
      expect(left ?? []).toEqual([]);
    } else {
      expect(told).toContain('COULD NOT BE TAKEN BACK');
      expect(error).toMatchObject({ details: { left: [expect.stringMatching(failure.left)] } });
    }
    if (stays !== undefined) {
      expect(error).toMatchObject({
        details: { stays: expect.arrayContaining([expect.stringMatching(stays)]) },
      });
    }
    for (const value of Object.values(staging.secrets).filter(isLong)) {
      expect(told).not.toContain(value);
    }
    await deploys.expectNothingLeft();
  });
});

it('what serves is deployed anew over what a newer release has added to the database', async () => {
  await staging.query(
    "insert into deploy.migrations values ('9002_newer', 'x', 'expand', '1.2.0+bad', now(), 1)",
  );
  const newer = await deploys.deploy('1.4.0+other');
  const tried = await deploys.deploy('1.1.0+good', { dryRun: true });
  deploys.refuse('POST', /\/versions\?/);
  const anew = await deploys.deploy('1.1.0+good');
  await staging.query("delete from deploy.migrations where tag = '9002_newer'");
  expect(newer.error).toMatchObject({ code: 'migrations_diverged' });
  expect(tried.error, tried.told).toBeUndefined();
  expect(anew.error).toMatchObject({ message: expect.stringContaining('Cloudflare refuses') });
});

describe('rolling back', () => {
  it('never goes to a version that was taken back, nor to where it came from: where no other is listed, one is named', async () => {
    // Cloudflare's list of deployments is full of those that were taken back.
    expect((await deploys.rollBack()).error).toMatchObject({
      code: 'deploy_refused',
      message: expect.stringMatching(
        /no other version has served .*: name one\. There are:.*1\.0\.0\+first/s,
      ),
    });
    const { error, told } = await deploys.rollBack('1.0.0+first');
    expect(error, told).toBeUndefined();
    expect(deploys.serving).toEqual({ '1.0.0+first': 100 });
    expect((await deploys.rollBack()).error).toMatchObject({
      code: 'deploy_refused',
      message: expect.stringContaining('no other version has served that nobody went back from'),
    });
    await deploys.expectNothingLeft();
  });

  it('goes to the one that is named, without the database too, and says what it did not look at', async () => {
    const nowhere = new URL(staging.ownerUrl);
    nowhere.port = '1';
    const secrets = { ...staging.context('x').context.secrets, ownerUrl: async () => nowhere.href };
    const { error, told } = await deploys.rollBack('1.1.0+good', { secrets });
    expect(error, told).toBeUndefined();
    expect(told).toMatch(/NO LOCK, and no look at what contract migrations.*The database cannot be reached/);
    expect(deploys.serving).toEqual({ '1.1.0+good': 100 });
  });

  it.each([
    ['what serves already', '1.1.0+good', 'serves already'],
    ['what there is not, with a list of what there is', '7.7.7', '1.0.0+first'],
  ])('refuses %s', async (_, wanted, message) => {
    const { error } = await deploys.rollBack(wanted);
    expect(error).toMatchObject({ code: 'deploy_refused', message: expect.stringContaining(message) });
  });

  it('changes nothing while another deploys, when it is interrupted, or when Cloudflare refuses', async () => {
    const lock = await takeDeployLock({ url: staging.ownerUrl, holder: 'deploy by ada', waitMs: 1 });
    const locked = await deploys.rollBack(undefined, { lockWaitMs: 1 });
    await lock.close();
    expect(locked.error).toMatchObject({
      code: 'deploy_locked',
      message: expect.stringContaining('deploy by ada'),
    });
    const stopped = await deploys.rollBack(undefined, { signal: AbortSignal.abort(new Error('Ctrl-C')) });
    expect(stopped.error).toMatchObject({ code: 'deploy_stopped' });
    deploys.refuse('POST', DEPLOYMENTS);
    expect((await deploys.rollBack()).error).toMatchObject({
      code: 'deploy_failed',
      message: expect.stringContaining('Cloudflare refuses'),
    });
    expect(deploys.serving).toEqual({ '1.1.0+good': 100 });
    await deploys.expectNothingLeft();
  });

  it('ends a roll-out that was left half done, which no deploy begins after; and says when what serves then is wrong', async () => {
    const versionOf = (release: string) =>
      deploys.script.versions.find(({ id }) => deploys.tagOf(id) === release);
    const [good, bad] = [versionOf('1.1.0+good'), versionOf('1.2.0+bad')];
    const shares = [
      { version_id: good?.id ?? '', percentage: 90 },
      { version_id: bad?.id ?? '', percentage: 10 },
    ];
    staging.cloudflare.account.deploy(staging.environment.worker.name, shares, 'killed after this');
    expect((await deploys.deploy('1.4.0+next')).error).toMatchObject({
      code: 'deploy_refused',
      message: expect.stringContaining('--rollback'),
    });
    staging.cloudflare.faults.edge = path => (path === '/openapi.json' ? 500 : undefined);
    expect((await deploys.rollBack()).error).toMatchObject({ code: 'smoke_test_failed' });
    expect(deploys.serving).toEqual({ '1.1.0+good': 100 });
    await deploys.expectNothingLeft();
  });
});

/** What serves, compared with itself. */
const smoke = () => {
  const { visitor, sleep } = staging.context('x').context;
  const { signal } = new AbortController();
  return smokeTest({ visitor: visitor(), other: visitor(), version: undefined, sleep, signal });
};

describe('the smoke test, where nobody can come in', () => {
  const set = (settings: string) =>
    staging.query(`insert into platforms (name) values ('main') on conflict do nothing;
      update platforms set ${settings} where name = 'main'`);

  it.each([
    ['maintenance', 'maintenance = true', 'maintenance = false'],
    ['who was not invited', 'allow_only = true', 'allow_only = false'],
  ])('takes it for right: %s', async (why, on, off) => {
    await set(on);
    await expect.poll(smoke, { interval: 1_000 }).toContain(`no guest (${why})`);
    await set(off);
    await expect.poll(smoke, { interval: 1_000 }).toContain(' guest, games');
    await deploys.expectNothingLeft();
  });
});

describe('a Durable Object migration', () => {
  it('is deployed at once, since Cloudflare shares none out; it stays when the smoke test fails, and that is said', async () => {
    deploys.script.migrationTag = 'v0';
    deploys.refuse('PUT', SCRIPT);
    expect((await deploys.deploy('2.0.0+objects')).error).toMatchObject({ code: 'deploy_failed' });
    expect(deploys.serving).toEqual({ '1.1.0+good': 100 });
    staging.cloudflare.faults.api = () => undefined;
    staging.cloudflare.faults.edge = path => (path === '/openapi.json' ? 500 : undefined);
    const { error, told } = await deploys.deploy('2.0.0+objects');
    expect(error).toMatchObject({ code: 'smoke_test_failed' });
    expect(told).toContain('Cloudflare goes back over no Durable Object migration');
    expect(deploys.serving).toEqual({ '2.0.0+objects': 100 });
    expect(deploys.script.migrationTag).toBe('v1');
  });
});

it('Redis and the store of saves, where they are away for what serves too, take no release back', async () => {
  const { upstash, objectStore } = staging.services.data;
  await Promise.all([upstash.close(), objectStore.close()]);
  await expect.poll(smoke).toMatch(/no guest \(without Redis\).*NOT THERE.*redis, saves$/);
  const { visitor, sleep } = staging.context('x').context;
  const { signal } = new AbortController();
  const watched = watch({ visitor: visitor(), other: visitor(), seconds: 0, sleep, signal });
  expect(await watched).toMatch(/^36 of 36 .*NOT THERE.*redis, saves$/);
});
