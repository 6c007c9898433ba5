import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createLog } from '../log.ts';
import { FakeClock } from '../test/fake-clock.ts';
import { until } from '../test/stage.ts';
import { TestAws } from '../test/test-aws.ts';
import { PERIOD_MS, SlotsInUse } from './slots-in-use.ts';

/** The real SDK against a stand-in of CloudWatch. */

let aws: TestAws;
let clock: FakeClock;
let value: number | undefined;
let slotsInUse: SlotsInUse;

beforeEach(async () => {
  aws = await TestAws.open();
  for (const [name, setting] of Object.entries(aws.env)) vi.stubEnv(name, setting);
  clock = new FakeClock();
  slotsInUse = new SlotsInUse({
    region: 'eu-central-1',
    group: 'nearcade-test',
    read: () => value,
    clock,
    log: createLog('silent', {}),
  });
});
afterEach(async () => {
  await slotsInUse.close();
  vi.unstubAllEnvs();
  await aws.close();
});

it('tells how full the node is at once and each minute, by the names that the scaling policy has', async () => {
  value = 25;
  slotsInUse.begin();
  await until(() => aws.metrics.length === 1);
  expect(aws.metrics[0]).toEqual({
    namespace: 'Nearcade',
    MetricName: 'SlotsInUse',
    Unit: 'Percent',
    Value: 25,
    Dimensions: [{ Name: 'AutoScalingGroupName', Value: 'nearcade-test' }],
  });
  value = 50;
  await clock.pass(PERIOD_MS - 1);
  expect(aws.metrics).toHaveLength(1);
  // The SDK may not have done with the first yet.
  await until(async () => {
    await clock.pass(PERIOD_MS);
    return aws.metrics.length > 1;
  });
  expect(aws.metrics[1]).toMatchObject({ Value: 50 });
});

it('says nothing of a node that takes nobody', async () => {
  value = undefined;
  slotsInUse.begin();
  await clock.pass(PERIOD_MS);
  value = 0;
  await clock.pass(PERIOD_MS);
  await until(() => aws.metrics.length > 0);
  expect(aws.metrics).toMatchObject([{ Value: 0 }]);
});

it('goes on after values that CloudWatch did not take', async () => {
  const TRIES_OF_SDK = 3;
  aws.failingMetrics = TRIES_OF_SDK;
  value = 1;
  slotsInUse.begin();
  await until(() => aws.failingMetrics === 0);
  value = 2;
  // A value that is still being tried is not overtaken.
  await until(async () => {
    await clock.pass(PERIOD_MS);
    return aws.metrics.length > 0;
  });
  expect(aws.metrics[0]).toMatchObject({ Value: 2 });
});
