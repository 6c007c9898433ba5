import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ServerMessage } from '#shared/signal.ts';
import { hasEnded, isSaved, NEVER, play } from './test/fleet-session.ts';
import { arrive, phase, until } from './test/stage.ts';
import { TestEdge } from './test/test-edge.ts';
import { TestFleet } from './test/test-fleet.ts';
import type { TestNode } from './test/test-node.ts';

/** When a whole node has its group spare it: the real SDK, stand-ins of AWS' services on loopback, and a player who plays. */

let edge: TestEdge;
let fleet: TestFleet;
let node: TestNode | undefined;

beforeEach(async () => {
  edge = await TestEdge.open();
  fleet = await TestFleet.open();
});

afterEach(async () => {
  await node?.close();
  node = undefined;
  await fleet.close();
  await edge.close();
});

it('is protected exactly while it holds a session, from its start until its save and its end are told', async () => {
  fleet.aws.lifecycleState = 'Pending:Wait';
  fleet.aws.isProtected = true;
  node = await fleet.node(edge, { reconnectWindowSeconds: 60, saves: NEVER });
  await until(() => fleet.aws.completed.length > 0);
  expect(fleet.aws.completed).toEqual([{ hook: 'nearcade-boot', result: 'CONTINUE' }]);
  expect(edge.registrations).toHaveLength(1);
  await until(() => fleet.aws.metrics.length > 0);
  expect(fleet.aws.metrics[0]).toMatchObject({ MetricName: 'SlotsInUse', Value: 0 });

  // What an earlier run has left on goes off: nothing is held.
  await until(() => !fleet.aws.isProtected);
  const throttled = { action: 'SetInstanceProtection', trouble: { code: 'Throttling' } } as const;
  fleet.aws.troubles.push(throttled, throttled, throttled, throttled);
  const { session, host } = await play(edge, node, 1);
  await until(() => fleet.aws.isProtected);
  expect(fleet.aws.troubles).toEqual([]);

  // Nobody is there, and the session is held all the same.
  const calls = fleet.aws.callsOf('SetInstanceProtection').length;
  host.vanish();
  await until(() => edge.eventsOf(session.sessionId).includes('session_reconnecting'));
  const again = await arrive(edge, session);
  await phase(again, 'playing');

  // It ends, but neither edge nor store takes what is left of it.
  edge.down = true;
  again.send({ type: 'quit' });
  await again.waitFor((message): message is ServerMessage => message.type === 'saving');
  await node.waitForLog(({ msg }) => msg === 'a save is not up yet');
  await node.waitForLog(({ msg }) => msg === 'the edge did not take events: will retry');
  expect(fleet.aws.isProtected).toBe(true);
  expect(fleet.aws.callsOf('SetInstanceProtection')).toHaveLength(calls);
  const safe: boolean[] = [];
  fleet.aws.onCall = call => {
    if (call.Action === 'SetInstanceProtection') safe.push(isSaved(edge, session), hasEnded(edge, session));
  };
  edge.down = false;
  await until(() => !fleet.aws.isProtected);
  expect(safe).toEqual([true, true]);
});

it('is protected from the reservation on, whether its host comes or not', async () => {
  node = await fleet.node(edge, { saves: NEVER });
  await until(() => fleet.aws.callsOf('SetInstanceProtection').length > 0);
  expect(fleet.aws.isProtected).toBe(false);
  const reserve = () => {
    edge.reservedUntil = Date.now() + 3_600_000;
  };

  // Nobody comes.
  reserve();
  await until(() => fleet.aws.isProtected);
  edge.reservedUntil = null;
  await until(() => !fleet.aws.isProtected);

  // The host comes: it is on without a break until the session is over.
  reserve();
  await until(() => fleet.aws.isProtected);
  const calls = fleet.aws.callsOf('SetInstanceProtection').length;
  const { host } = await play(edge, node, 1);
  edge.reservedUntil = null;
  const { length } = edge.heartbeats;
  await until(() => edge.heartbeats.length > length + 1);
  expect(fleet.aws.callsOf('SetInstanceProtection')).toHaveLength(calls);
  host.send({ type: 'quit' });
  await until(() => !fleet.aws.isProtected);
});
