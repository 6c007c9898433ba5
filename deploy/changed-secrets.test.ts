import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
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

/** A release like the first one, with its secrets, serves. */
function addRelease(release: string): void {
  const { account } = staging.cloudflare;
  const { name } = staging.environment.worker;
  const [first] = deploys.script.versions;
  if (first === undefined) throw new Error('nothing is deployed');
  const metadata = { ...first.metadata, annotations: { 'workers/tag': release } };
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

it('one goes back to a release from before a secret was changed', async () => {
  addRelease('1.3.0+next');
  const { context } = staging.context('x');
  await secretBulk(anotherToken(), context);
  const { error, told } = await deploys.rollBack('1.0.0+first');
  expect(error, told).toBeUndefined();
  expect(deploys.serving).toEqual({ '1.0.0+first': 100 });
});
