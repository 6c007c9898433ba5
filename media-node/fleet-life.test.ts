import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { appendFileSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CLOSE, type ServerMessage } from '#shared/signal.ts';
import { runbookBlock } from '../docs/runbook/blocks.ts';
import { LAST_WORDS_MS } from './life/departure.ts';
import { hasEnded, isSaved, NEVER, play } from './test/fleet-session.ts';
import { arrive, type SessionClaims, sessionOfEpoch, until } from './test/stage.ts';
import type { AutoScalingCall } from './test/test-aws.ts';
import { TestEdge } from './test/test-edge.ts';
import { TestFleet } from './test/test-fleet.ts';
import type { TestNode } from './test/test-node.ts';
import { TestPlayer } from './test/test-player.ts';

/** A whole node in an Auto Scaling group: the real SDK, stand-ins of AWS' three services on loopback, and a player who plays. */

/** What tells systemd not to start the node again (image/units/nearcade-node.service). */
const MACHINE_GOES = 10;

type Draining = Extract<ServerMessage, { type: 'draining' }>;

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

const toldOf = (host: TestPlayer, fits: (deadline: number) => boolean = () => true): Promise<Draining> =>
  host.waitFor(
    (message): message is Draining => message.type === 'draining' && fits(message.deadline ?? Number.NaN),
  );

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise(resolve => server.close(resolve));
  return port;
}

const isLastWord = ({ Action, LifecycleHookName: hook }: AutoScalingCall): boolean =>
  Action === 'CompleteLifecycleAction' && hook === 'nearcade-drain';

/** What of the session is safe when the group hears the node's last word. */
function atLastWord(session: SessionClaims): { saved?: boolean; ended?: boolean; hasLeft?: boolean } {
  const seen: ReturnType<typeof atLastWord> = {};
  fleet.aws.onCall = call => {
    if (!isLastWord(call)) return;
    Object.assign(seen, {
      saved: isSaved(edge, session),
      ended: hasEnded(edge, session),
      hasLeft: edge.hasLeft,
    });
  };
  return seen;
}

it('drains when its group takes it away: health first, then the players, then the sockets, then its last word', async () => {
  node = await fleet.node(edge, { drainSeconds: 600, saves: NEVER, metrics: { port: await freePort() } });
  const { session, host } = await play(edge, node, 1);
  const visitor = new TestPlayer(edge.signalUrl);
  await visitor.opened();
  const { port } = await node.waitForLog(line => line.msg === 'figures and health are served');
  const door = edge.signalUrl.replace(/^ws/, 'http');
  /** 0: nobody answers any more. */
  const ask = async (path: string): Promise<number> => {
    const { status } = await fetch(`http://127.0.0.1:${port}/${path}`).catch(() => ({ status: 0 }));
    return status;
  };
  expect([await ask('healthz'), await ask('readyz')]).toEqual([200, 200]);
  const order: string[] = [];
  const safe = atLastWord(session);
  const remember = fleet.aws.onCall;
  fleet.aws.onCall = call => {
    if (isLastWord(call)) order.push('last word');
    remember(call);
  };
  void toldOf(host).then(() => order.push('players are told'));
  void host.waitForClose().then(() => order.push('players are gone'));
  void visitor.waitForClose().then(() => order.push('sockets close'));

  fleet.terminate();
  const { deadline } = await toldOf(host);
  expect(deadline).toBeGreaterThan(Date.now() + 500_000);
  // It has said no before anybody was told, and says so for as long as it can be asked.
  const health: number[] = [];
  let isWatched = true;
  const watching = (async () => {
    while (isWatched) {
      const status = (await ask('healthz')) + (await ask('readyz'));
      health.push(status);
      if (status !== 0) continue;
      // Nothing but health is left open for longer.
      expect(await fetch(door).catch(() => undefined)).toBeUndefined();
      return;
    }
  })();
  await until(() => health.length > 0);
  expect(health[0]).toBe(503 * 2);
  const env = { ...process.env, NODE_JSON: join(node.dir, 'node.json') };
  const commands = runbookBlock('drain-a-node', 'health');
  const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', commands], { env });
  expect(stdout).toMatch(
    /^\{"ok":false,"draining":true.*\n\{"ok":false.*"slots":\["playing"\].*\nnearcade_slots\{/,
  );
  expect(node.log.findIndex(({ msg }) => msg === 'notice to leave')).toBeLessThan(
    node.log.findIndex(({ msg }) => msg === 'draining'),
  );
  await until(() => edge.heartbeats.at(-1)?.state === 'draining');

  // Nobody new; who plays goes on, and finishes before the deadline here.
  const late = await arrive(edge, sessionOfEpoch(2));
  expect(await late.waitForClose()).toMatchObject({ code: CLOSE.refused, reason: 'node_draining' });
  expect(order).toEqual(['players are told']);
  expect(visitor.closed).toBeUndefined();
  host.send({ type: 'quit' });

  expect(await node.exited()).toBe(MACHINE_GOES);
  isWatched = false;
  await watching;
  expect(health.filter(status => status === 200 || status === 400)).toEqual([]);
  expect(order).toEqual(['players are told', 'players are gone', 'sockets close', 'last word']);
  expect(safe).toEqual({ saved: true, ended: true, hasLeft: true });
  expect(fleet.aws.completed).toEqual([{ hook: 'nearcade-drain', result: 'CONTINUE' }]);
  expect(fleet.aws.callsOf('RecordLifecycleActionHeartbeat')).toMatchObject([
    { LifecycleHookName: 'nearcade-drain', AutoScalingGroupName: 'nearcade-test' },
  ]);
});

it('drains at SIGTERM, and sooner when EC2 takes the machine back before', async () => {
  node = await fleet.node(edge, { drainSeconds: 600, saves: NEVER });
  const { session, host } = await play(edge, node, 1);
  node.signal('SIGTERM');
  const { deadline: first } = await toldOf(host);
  expect(first).toBeGreaterThan(Date.now() + 500_000);

  const goneAt = fleet.interrupt(Date.now() + 120_000);
  await toldOf(host, deadline => deadline === goneAt - LAST_WORDS_MS);
  // EC2 says each time the same; a time that came nearer would hold too.
  const nearer = fleet.interrupt(Date.now() + LAST_WORDS_MS + 2000) - LAST_WORDS_MS;
  await toldOf(host, deadline => deadline >= nearer && deadline < nearer + 60_000);
  expect(await host.waitForClose()).toEqual({ code: CLOSE.ended, reason: 'node_draining' });
  expect(await node.exited()).toBe(MACHINE_GOES);
  expect(isSaved(edge, session)).toBe(true);
  expect(hasEnded(edge, session)).toBe(true);
  expect(edge.hasLeft).toBe(true);
  // The group has taken nothing away, and what EC2 takes is not protected.
  expect(fleet.aws.completed).toEqual([]);
  expect(fleet.aws.isProtected).toBe(false);
});

it('lets players finish when EC2 may need the machine back, then has another one take its place', async () => {
  fleet.metadata.values.set('autoscaling/target-lifecycle-state', 'Standby');
  node = await fleet.node(edge, { saves: NEVER });
  const isDraining = () => edge.heartbeats.at(-1)?.state === 'draining';
  await until(isDraining);
  // An operator has put it aside and back.
  fleet.metadata.values.set('autoscaling/target-lifecycle-state', 'InService');
  await until(() => !isDraining());

  const { session, host } = await play(edge, node, 1);
  fleet.recommendRebalance();
  await until(isDraining);
  expect(host.messages.some(({ type }) => type === 'draining')).toBe(false);
  expect(fleet.aws.callsOf('SetInstanceHealth')).toEqual([]);
  const safe = atLastWord(session);
  fleet.aws.troubles.push({ action: 'SetInstanceHealth', trouble: { code: 'AccessDenied' } });
  host.send({ type: 'quit' });
  await until(() => fleet.aws.callsOf('SetInstanceHealth').length === 2);
  expect(isSaved(edge, session)).toBe(true);
  fleet.terminate();
  expect(await node.exited()).toBe(MACHINE_GOES);
  expect(safe).toMatchObject({ ended: true, hasLeft: true });
  expect(fleet.aws.completed).toEqual([{ hook: 'nearcade-drain', result: 'CONTINUE' }]);
});

it('puts up what an earlier run has left before its machine goes, and takes nobody in', async () => {
  node = await fleet.node(edge, { saves: NEVER });
  const { session } = await play(edge, node, 1);
  node.signal('SIGKILL');
  await node.exited();
  const events = join(node.dir, 'data/outbox.jsonl');
  const left = {
    id: randomUUID(),
    sessionId: session.sessionId,
    epoch: 1,
    seq: 99,
    at: new Date().toISOString(),
  };
  appendFileSync(events, `${JSON.stringify({ ...left, type: 'session_reconnecting' })}\n`);
  fleet.terminate();
  node = await node.again();
  expect(await node.exited()).toBe(MACHINE_GOES);
  expect(edge.eventsOf(session.sessionId)).toContain('session_reconnecting');
  expect(fleet.aws.completed).toEqual([{ hook: 'nearcade-drain', result: 'CONTINUE' }]);

  // Started once more by mistake, with nothing left: it goes without a word to the edge.
  const registrations = edge.registrations.length;
  fleet.terminate();
  node = await node.again();
  expect(await node.exited()).toBe(MACHINE_GOES);
  expect(edge.registrations).toHaveLength(registrations);
  const unit = readFileSync(join(import.meta.dirname, 'image/units/nearcade-node.service'), 'utf8');
  expect(unit).toContain(`RestartPreventExitStatus=${MACHINE_GOES}\n`);
});

it('tells its group that it can never serve', async () => {
  fleet.aws.lifecycleState = 'Pending:Wait';
  const taken = createServer();
  await new Promise<void>(resolve => taken.listen(0, '127.0.0.1', resolve));
  const { port } = taken.address() as AddressInfo;
  await expect(fleet.node(edge, { metrics: { port } })).rejects.toThrow('the node ended');
  expect(fleet.aws.completed).toEqual([{ hook: 'nearcade-boot', result: 'ABANDON' }]);
  await new Promise(resolve => taken.close(resolve));
});
