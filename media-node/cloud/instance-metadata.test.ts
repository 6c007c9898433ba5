import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { INSTANCE_ID, TestMetadata } from '../test/test-metadata.ts';
import { InstanceMetadata } from './instance-metadata.ts';

let service: TestMetadata;
let metadata: InstanceMetadata;
let now = 0;

beforeEach(async () => {
  service = await TestMetadata.open();
  metadata = new InstanceMetadata({ endpoint: service.url, now: () => now, timeoutMs: 200 });
});
afterEach(() => service.close());

const tokenRequests = () => service.requests.filter(request => request.startsWith('PUT')).length;

it('says what the instance is', async () => {
  expect(await metadata.instanceId()).toBe(INSTANCE_ID);
  expect(await metadata.region()).toBe('eu-central-1');
  expect(await metadata.publicIpv4()).toBe('203.0.113.7');
  expect(await metadata.targetLifecycleState()).toBe('InService');
});

it('takes 404 for none, where there need be none', async () => {
  service.values.clear();
  expect(await metadata.publicIpv4()).toBeUndefined();
  expect(await metadata.targetLifecycleState()).toBeUndefined();
  expect(await metadata.spotAction()).toBeUndefined();
  expect(await metadata.rebalanceNotice()).toBeUndefined();
  await expect(metadata.instanceId()).rejects.toMatchObject({ code: 'metadata_unavailable' });
});

it('reads what is coming', async () => {
  service.values.set('spot/instance-action', '{"action": "terminate", "time": "2026-11-21T20:02:00Z"}\n');
  service.values.set('events/recommendations/rebalance', '{"noticeTime": "2026-11-21T19:55:10Z"}');
  service.values.set('autoscaling/target-lifecycle-state', 'Terminated');
  expect(await metadata.spotAction()).toEqual({
    action: 'terminate',
    time: Date.UTC(2026, 10, 21, 20, 2),
  });
  expect(await metadata.rebalanceNotice()).toBe(Date.UTC(2026, 10, 21, 19, 55, 10));
  expect(await metadata.targetLifecycleState()).toBe('Terminated');
});

describe('the token', () => {
  it('is asked for once for six hours, also by those who ask together, and renewed before it runs out', async () => {
    await Promise.all([metadata.instanceId(), metadata.region(), metadata.publicIpv4()]);
    expect(tokenRequests()).toBe(1);
    expect([...service.tokens.values()]).toEqual([21_600]);
    now = 5 * 3600_000;
    await metadata.instanceId();
    expect(tokenRequests()).toBe(1);
    now = 5.5 * 3600_000;
    await metadata.instanceId();
    expect(tokenRequests()).toBe(2);
  });

  it('is replaced when the service knows it no more', async () => {
    await metadata.instanceId();
    service.tokens.clear();
    expect(await metadata.instanceId()).toBe(INSTANCE_ID);
    expect(tokenRequests()).toBe(2);
  });
});

describe('what it cannot say it does not make up', () => {
  it.each([401, 403, 500])('answered %i', async status => {
    service.failsWith = status;
    await expect(metadata.spotAction()).rejects.toMatchObject({ code: 'metadata_unavailable' });
  });

  it('not answered in time, and again once it answers', async () => {
    service.isSilent = true;
    await expect(metadata.instanceId()).rejects.toMatchObject({ code: 'metadata_unavailable' });
    service.isSilent = false;
    expect(await metadata.instanceId()).toBe(INSTANCE_ID);
  });

  it('nobody there', async () => {
    await service.close();
    await expect(metadata.instanceId()).rejects.toMatchObject({ code: 'metadata_unavailable' });
  });

  it.each([
    ['instance-id', '<html>', () => metadata.instanceId()],
    ['public-ipv4', 'not an address', () => metadata.publicIpv4()],
    ['autoscaling/target-lifecycle-state', 'Gone fishing', () => metadata.targetLifecycleState()],
    ['spot/instance-action', 'soon', () => metadata.spotAction()],
    ['spot/instance-action', '{"action":"melt","time":"2026-11-21T20:02:00Z"}', () => metadata.spotAction()],
    ['spot/instance-action', '{"action":"stop","time":"in a minute"}', () => metadata.spotAction()],
    ['events/recommendations/rebalance', '{}', () => metadata.rebalanceNotice()],
  ])('%s: %s', async (path, text, read) => {
    service.values.set(path, text);
    await expect(read()).rejects.toMatchObject({ code: 'metadata_unavailable' });
  });
});

it('is found where the SDK finds it', async () => {
  vi.stubEnv('AWS_EC2_METADATA_SERVICE_ENDPOINT', `${service.url}/`);
  expect(await new InstanceMetadata().instanceId()).toBe(INSTANCE_ID);
  vi.unstubAllEnvs();
});
