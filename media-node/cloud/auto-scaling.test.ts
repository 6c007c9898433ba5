import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TestAws } from '../test/test-aws.ts';
import { INSTANCE_ID } from '../test/test-metadata.ts';
import { AutoScalingGroup } from './auto-scaling.ts';

/** The real SDK against a stand-in of the service. */

let aws: TestAws;
let group: AutoScalingGroup;

beforeEach(async () => {
  aws = await TestAws.open();
  for (const [name, value] of Object.entries(aws.env)) vi.stubEnv(name, value);
  group = new AutoScalingGroup({
    region: 'eu-central-1',
    name: 'nearcade-test',
    instanceId: async () => INSTANCE_ID,
    answerTimeoutMs: 100,
  });
});
afterEach(async () => {
  group.close();
  vi.unstubAllEnvs();
  await aws.close();
});

it('turns the protection of this instance on and off', async () => {
  await group.protect(true);
  expect(aws.isProtected).toBe(true);
  expect(aws.calls).toMatchObject([
    {
      Action: 'SetInstanceProtection',
      Version: '2011-01-01',
      AutoScalingGroupName: 'nearcade-test',
      'InstanceIds.member.1': INSTANCE_ID,
      ProtectedFromScaleIn: 'true',
    },
  ]);
  await group.protect(false);
  expect(aws.isProtected).toBe(false);
});

it('asks for another instance in its place', async () => {
  await group.replace();
  expect(aws.calls).toMatchObject([
    { Action: 'SetInstanceHealth', InstanceId: INSTANCE_ID, HealthStatus: 'Unhealthy' },
  ]);
});

it('beats for a hook that waits, and completes it', async () => {
  aws.lifecycleState = 'Terminating:Wait';
  await group.beat('nearcade-drain');
  await group.complete('nearcade-drain', 'CONTINUE');
  expect(aws.calls).toMatchObject([
    {
      Action: 'RecordLifecycleActionHeartbeat',
      LifecycleHookName: 'nearcade-drain',
      InstanceId: INSTANCE_ID,
    },
    {
      Action: 'CompleteLifecycleAction',
      LifecycleHookName: 'nearcade-drain',
      InstanceId: INSTANCE_ID,
      AutoScalingGroupName: 'nearcade-test',
      LifecycleActionResult: 'CONTINUE',
    },
  ]);
});

describe('what the service does not do', () => {
  it('is refused when it is not possible as the instance stands', async () => {
    aws.lifecycleState = 'Pending';
    await expect(group.protect(true)).rejects.toMatchObject({
      code: 'cloud_refused',
      message: expect.stringContaining('is not in InService'),
    });
    await expect(group.complete('nearcade-boot', 'CONTINUE')).rejects.toMatchObject({
      code: 'cloud_refused',
    });
    expect(aws.calls).toHaveLength(2);
  });

  it('is tried again by the SDK when it was throttled or failed there', async () => {
    aws.troubles.push(
      { action: 'SetInstanceProtection', trouble: { code: 'Throttling', message: 'Rate exceeded' } },
      { action: 'SetInstanceProtection', trouble: { code: 'InternalFailure' } },
    );
    await group.protect(true);
    expect(aws.isProtected).toBe(true);
    expect(aws.calls).toHaveLength(3);
  });

  it.each([
    ['throttled', { code: 'Throttling' }, 3],
    ['not answered', 'silence', 3],
    ['not allowed', { code: 'AccessDenied' }, 1],
  ] as const)('is not available when it stays %s', async (_, trouble, tries) => {
    for (let i = 0; i < tries; i++) aws.troubles.push({ action: 'SetInstanceProtection', trouble });
    await expect(group.protect(true)).rejects.toMatchObject({ code: 'unavailable' });
    expect(aws.calls).toHaveLength(tries);
    expect(aws.isProtected).toBe(false);
  });

  it('nobody there, or no instance id', async () => {
    await aws.close();
    await expect(group.protect(true)).rejects.toMatchObject({ code: 'unavailable' });
    const nameless = new AutoScalingGroup({
      region: 'eu-central-1',
      name: 'nearcade-test',
      instanceId: () => Promise.reject(new Error('no metadata')),
    });
    await expect(nameless.protect(true)).rejects.toMatchObject({ code: 'unavailable' });
    nameless.close();
  });
});
