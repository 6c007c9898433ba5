import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Deploys } from './testing/deploys.ts';
import { secretsWith } from './testing/failures.ts';
import { type Staging, startStaging } from './testing/harness.ts';
import { secretBulk } from './wrangler/secret-bulk.ts';

/** Cloudflare lets a version of other secrets serve again only if it is told to do so all the same (code 10220). */
let staging: Staging;
let deploys: Deploys;
beforeAll(async () => {
  staging = await startStaging();
  deploys = new Deploys(staging);
  const { error, told } = await deploys.deploy('1.0.0+first');
  expect(error, told).toBeUndefined();
  addRelease('1.1.0+good');
});
afterAll(() => staging.close());

/** A release like the first one serves, with its secrets but for these. */
function addRelease(release: string, change: Readonly<Record<string, string>> = {}): void {
  const { account } = staging.cloudflare;
  const { name } = staging.environment.worker;
  const [first] = deploys.script.versions;
  if (first === undefined) throw new Error('nothing is deployed');
  const bindings = first.metadata.bindings.map(binding => {
    const text = change[binding.name];
    return text === undefined ? binding : { ...binding, text };
  });
  const metadata = { ...first.metadata, bindings, annotations: { 'workers/tag': release } };
  const { id } = account.addVersion(name, metadata, first.modules, first.assets);
  account.deploy(name, [{ version_id: id, percentage: 100 }], `${release}: 100%`);
}

const served = () => deploys.script.deployments.at(-1)?.shares;
const forced = () => staging.cloudflare.calls.filter(call => call.endsWith('/deployments?force=true')).length;
const anotherToken = () => ({ DNS_API_TOKEN: `another-token-of-the-zone-${randomUUID()}` });

it('a deploy that brings another secret goes up share by share, and is taken back when it is wrong', async () => {
  const before = served();
  const { length } = deploys.script.deployments;
  staging.cloudflare.faults.edge = path =>
    path === '/v1/games' && deploys.serving['1.1.0+good'] === 90 ? 500 : undefined;
  const secrets = secretsWith(staging, anotherToken());
  const { error, told } = await deploys.deploy('1.2.0+bad', { secrets });
  staging.cloudflare.faults.edge = () => undefined;
  expect(error, told).toMatchObject({ code: 'smoke_test_failed', details: { left: [] } });
  expect(deploys.sharesBeside('1.1.0+good', length)).toEqual([0, 10]);
  expect(served()).toEqual(before);
  expect(forced()).toBeGreaterThan(0);
  await deploys.expectNothingLeft();
});

describe('after a secret was changed', () => {
  let changed: string | undefined;
  beforeAll(async () => {
    addRelease('1.3.0+next');
    const { context } = staging.context('x');
    await secretBulk(anotherToken(), context);
    changed = served()?.[0]?.version_id;
    expect(deploys.script.versions.at(-1)?.metadata.annotations).not.toHaveProperty('workers/tag');
  });

  it('what serves is still known by its release, and goes up anew over what a newer one has added', async () => {
    expect((await deploys.rollBack('1.3.0+next')).error).toMatchObject({
      message: expect.stringContaining(`${changed} serves already`),
    });
    await staging.query(
      "insert into deploy.migrations values ('9002_newer', 'x', 'expand', '1.4.0+bad', now(), 1)",
    );
    deploys.refuse('POST', /\/versions\?/);
    const { error } = await deploys.deploy('1.3.0+next');
    staging.cloudflare.faults.api = () => undefined;
    await staging.query("delete from deploy.migrations where tag = '9002_newer'");
    expect(error).toMatchObject({ message: expect.stringContaining('Cloudflare refuses') });
  });

  it('one goes back to the release before, not to the same one with the old secret', async () => {
    const { error, told } = await deploys.rollBack();
    expect(error, told).toBeUndefined();
    expect(deploys.serving).toEqual({ '1.1.0+good': 100 });
  });

  it('a release that is named comes with the newest secrets that it had', async () => {
    const { error, told } = await deploys.rollBack('1.3.0+next');
    expect(error, told).toBeUndefined();
    expect(served()).toEqual([{ version_id: changed, percentage: 100 }]);
  });
});

describe('a release whose database role was closed since, under a newer one that has added to the database', () => {
  beforeAll(async () => {
    const closed = new URL(staging.ownerUrl);
    closed.password = 'closed-since';
    addRelease('1.4.0+old', { DATABASE_URL: closed.href });
    addRelease('1.5.0+now');
    await staging.query(
      "insert into deploy.migrations values ('9002_newer', 'x', 'expand', '1.5.0+now', now(), 1)",
    );
  });

  it('is not gone back to: nobody meets it, and what serves stays', async () => {
    const { length } = deploys.script.deployments;
    const { error, told } = await deploys.rollBack();
    expect(error, told).toMatchObject({
      code: 'smoke_test_failed',
      message: expect.stringMatching(/\/readyz: Not ready: database/),
    });
    expect(deploys.sharesBeside('1.5.0+now', length)).toEqual([0]);
    expect(deploys.serving).toEqual({ '1.5.0+now': 100 });
    await deploys.expectNothingLeft();
  });

  it('is deployed anew with the secrets of today, as long as nothing was taken away', async () => {
    const kind = (kind: string) =>
      staging.query(`update deploy.migrations set kind = '${kind}' where tag = '9002_newer'`);
    await kind('contract');
    expect((await deploys.deploy('1.4.0+old')).error).toMatchObject({ code: 'migrations_diverged' });
    await kind('expand');
    expect((await deploys.deploy('1.4.1+unknown')).error).toMatchObject({ code: 'migrations_diverged' });
    const { error, told } = await deploys.deploy('1.4.0+old');
    expect(error, told).toBeUndefined();
    expect(deploys.serving).toEqual({ '1.4.0+old': 100 });
  });
});
