import { beforeEach, expect, it } from 'vitest';
import { NearcadeError } from '#shared/errors.ts';
import type { Notice, Rest } from '../life/fleet-life.ts';
import { createLog } from '../log.ts';
import { FakeClock } from '../test/fake-clock.ts';
import type { SpotAction } from './instance-metadata.ts';
import { NoticeWatch } from './notice-watch.ts';

const LOOK_MS = 2000;

let clock: FakeClock;
let target: string | undefined;
let spot: SpotAction | undefined;
let rebalance: number | undefined;
let isAway: boolean;
let notices: Notice[];
let rest: Rest | undefined;
let watch: NoticeWatch;

beforeEach(() => {
  clock = new FakeClock();
  [target, spot, rebalance, isAway, rest] = ['InService', undefined, undefined, false, undefined];
  notices = [];
  const answer = async <T>(value: T): Promise<T> => {
    if (isAway) throw new NearcadeError('metadata_unavailable');
    return value;
  };
  watch = new NoticeWatch({
    metadata: {
      targetLifecycleState: () => answer(target),
      spotAction: () => answer(spot),
      rebalanceNotice: () => answer(rebalance),
    },
    listener: {
      onNotice: notice => notices.push(notice),
      onRest: why => {
        rest = why;
      },
    },
    everyMs: LOOK_MS,
    clock,
    log: createLog('silent', {}),
  });
  void watch.begin();
});

it('hears nothing while the instance is in service, or in no group', async () => {
  await clock.pass(LOOK_MS);
  target = undefined;
  await clock.pass(LOOK_MS);
  expect(notices).toEqual([]);
  expect(rest).toBeUndefined();
});

it('hears that the group takes the instance away, within a look', async () => {
  await clock.pass(0);
  target = 'Terminated';
  await clock.pass(LOOK_MS);
  expect(notices).toEqual([{ kind: 'lifecycle_hook' }]);
});

it.each(['terminate', 'stop', 'hibernate'] as const)('hears that EC2 will %s it', async action => {
  spot = { action, time: 120_000 };
  await clock.pass(LOOK_MS);
  expect(notices[0]).toEqual({ kind: 'spot', goneAt: 120_000 });
});

it('rests while it is put aside, and serves again after it', async () => {
  target = 'Standby';
  await clock.pass(LOOK_MS);
  expect(rest).toBe('standby');
  target = 'InService';
  await clock.pass(LOOK_MS);
  expect(rest).toBeUndefined();
  target = 'Detached';
  await clock.pass(LOOK_MS);
  expect(rest).toBe('detached');
  expect(notices).toEqual([]);
});

it('rests for good once EC2 may need it back', async () => {
  rebalance = 1;
  await clock.pass(LOOK_MS);
  expect(rest).toBe('rebalance');
  rebalance = undefined;
  await clock.pass(LOOK_MS);
  expect(rest).toBe('rebalance');
  expect(notices).toEqual([]);
});

it('takes metadata that do not answer for no news, and goes on asking', async () => {
  target = 'Standby';
  await clock.pass(LOOK_MS);
  isAway = true;
  await clock.pass(LOOK_MS * 3);
  expect(rest).toBe('standby');
  isAway = false;
  target = 'Terminated';
  await clock.pass(LOOK_MS);
  expect(notices).toEqual([{ kind: 'lifecycle_hook' }]);
});

it('asks no more once it is closed', async () => {
  await watch.close();
  target = 'Terminated';
  await clock.pass(LOOK_MS * 3);
  expect(notices).toEqual([]);
});
