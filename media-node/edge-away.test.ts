import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { nodeEventSchema } from '#shared/api/fleet.ts';
import { KeysChannel } from './test/keys-channel.ts';
import { Picture } from './test/picture.ts';
import { arrive, phase, sessionOfEpoch, until } from './test/stage.ts';
import { TestEdge } from './test/test-edge.ts';
import { TestNode } from './test/test-node.ts';
import { TestPlayer } from './test/test-player.ts';

/** Milliseconds of the edge's absence: ten of the test edge's heartbeats. */
const AWAY_MS = 3000;

/** How long players may stay away while the edge can give them tickets. */
const WINDOW_S = 1;

const SPACE = 57;

let edge: TestEdge;
let node: TestNode;

beforeAll(async () => {
  edge = await TestEdge.open();
  node = await TestNode.open({ edge, overrides: { reconnectWindowSeconds: WINDOW_S } });
});

afterAll(async () => {
  await node?.close();
  await edge?.close();
});

it('while the edge cannot be reached the session goes on, events are kept on disk, and are delivered in order afterwards', async () => {
  const session = sessionOfEpoch(1);
  const player = await arrive(edge, session);
  await phase(player, 'playing');
  await until(() => edge.eventsOf(session.sessionId).includes('session_playing'));
  const [picture, keys] = await Promise.all([Picture.open(player), KeysChannel.open(player)]);
  const ticket = await edge.ticket(session);
  const heard = edge.events.length;
  edge.down = true;
  await node.waitForLog(line => line.msg === 'heartbeat failed');
  // Somebody whose socket breaks meanwhile is waited for, and let in by a ticket that was signed before.
  player.vanish();
  await node.waitForLog(line => line.event === 'players_gone');
  await sleep(2 * WINDOW_S * 1000);
  const back = await TestPlayer.hello(edge.signalUrl, ticket);
  await phase(back, 'playing');
  const [again, press] = await Promise.all([Picture.open(back), KeysChannel.open(back)]);
  const end = performance.now() + AWAY_MS;
  while (performance.now() < end) {
    const shown = again.more();
    press.send({ kind: 'key', code: SPACE, down: true });
    await shown;
    press.send({ kind: 'key', code: SPACE, down: false });
    await sleep(100);
  }
  expect(back.closed).toBeUndefined();
  expect(edge.events).toHaveLength(heard);
  const kept = (await readFile(join(node.dir, 'data/outbox.jsonl'), 'utf8')).trim().split('\n');
  expect(kept.map(line => nodeEventSchema.parse(JSON.parse(line)).type)).toEqual(
    expect.arrayContaining(['viewer_left', 'session_reconnecting', 'viewer_joined', 'session_playing']),
  );

  edge.down = false;
  await until(() => edge.events.length >= heard + kept.length);
  const seqs = edge.events.filter(({ sessionId }) => sessionId === session.sessionId).map(({ seq }) => seq);
  expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
  await until(() => edge.heartbeats.at(-1)?.sessions[0]?.sessionId === session.sessionId);
  expect(back.closed).toBeUndefined();
  await Promise.all([picture.close(), keys.close(), again.close(), press.close()]);
});
