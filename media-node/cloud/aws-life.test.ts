import { afterEach, beforeEach, expect, it } from 'vitest';
import { createLog } from '../log.ts';
import { until } from '../test/stage.ts';
import { TestFleet } from '../test/test-fleet.ts';
import { AwsLife } from './aws-life.ts';

/** What a node says to its group, by the real SDK, when the group does not listen at first. */

const IDLE = { isHeld: () => false, slotsInUse: () => 0 };

let fleet: TestFleet;
let life: AwsLife;
let notices: string[];

beforeEach(async () => {
  fleet = await TestFleet.open();
  notices = [];
  life = new AwsLife({
    fleet: {
      kind: 'aws',
      region: 'eu-central-1',
      autoScalingGroup: 'nearcade-test',
      lifecycleHook: 'nearcade-drain',
      bootHook: 'nearcade-boot',
      protectionLingerSeconds: 0,
      noticeSeconds: 0.05,
    },
    log: createLog('silent', {}),
    hookBeatMs: 20,
  });
});

afterEach(async () => {
  await life.close();
  await fleet.close();
});

const begin = () => life.begin({ onNotice: ({ kind }) => notices.push(kind), onRest: () => undefined });

it('knows with its first look that its machine is taken away', async () => {
  fleet.terminate();
  await begin();
  expect(notices).toEqual(['lifecycle_hook']);
});

it('has the group wait for as long as it drains, also when the group did not hear it once', async () => {
  await begin();
  fleet.aws.troubles.push({ action: 'RecordLifecycleActionHeartbeat', trouble: { code: 'AccessDenied' } });
  fleet.terminate();
  await until(() => fleet.aws.callsOf('RecordLifecycleActionHeartbeat').length >= 4);
  expect(fleet.aws.completed).toEqual([]);
  await life.left();
  expect(fleet.aws.completed).toEqual([{ hook: 'nearcade-drain', result: 'CONTINUE' }]);
  await life.close();
  const beats = fleet.aws.callsOf('RecordLifecycleActionHeartbeat').length;
  await life.close();
  expect(fleet.aws.callsOf('RecordLifecycleActionHeartbeat')).toHaveLength(beats);
});

it('says its last word again to a group that does not wait yet, or was away', async () => {
  fleet.terminate();
  await begin();
  // The metadata may tell of it before the group waits.
  fleet.aws.lifecycleState = 'Terminating';
  fleet.aws.troubles.push({ action: 'CompleteLifecycleAction', trouble: { code: 'AccessDenied' } });
  fleet.aws.onCall = ({ Action }) => {
    if (Action !== 'CompleteLifecycleAction') return;
    if (fleet.aws.callsOf(Action).length === 3) fleet.aws.lifecycleState = 'Terminating:Wait';
  };
  await life.left();
  expect(fleet.aws.callsOf('CompleteLifecycleAction')).toHaveLength(3);
  expect(fleet.aws.completed).toEqual([{ hook: 'nearcade-drain', result: 'CONTINUE' }]);
});

it('says that it serves again to a group that does not wait yet', async () => {
  fleet.aws.lifecycleState = 'Pending';
  fleet.aws.onCall = ({ Action }) => {
    if (Action !== 'CompleteLifecycleAction') return;
    if (fleet.aws.callsOf(Action).length === 2) fleet.aws.lifecycleState = 'Pending:Wait';
  };
  await begin();
  life.serve(IDLE);
  await until(() => fleet.aws.completed.length > 0);
  expect(fleet.aws.completed).toEqual([{ hook: 'nearcade-boot', result: 'CONTINUE' }]);
});

it('is not protected any more when its program ends on a machine that stays', async () => {
  let isHeld = true;
  await begin();
  life.serve({ ...IDLE, isHeld: () => isHeld });
  await until(() => fleet.aws.isProtected);
  isHeld = false;
  await life.left();
  expect(fleet.aws.isProtected).toBe(false);
  expect(fleet.aws.completed).toEqual([]);
});
