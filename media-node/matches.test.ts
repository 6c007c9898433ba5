import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { NodeEvent } from '#shared/api/fleet.ts';
import { EVDEV_OF_CODE } from '#shared/keys.ts';
import { KeysChannel } from './test/keys-channel.ts';
import { arrive, GAMES, phase, sessionOfEpoch } from './test/stage.ts';
import { TestEdge } from './test/test-edge.ts';
import { TestNode } from './test/test-node.ts';

/** A real game, the probe, reports its matches from its sandbox, and the node tells the edge. */

let edge: TestEdge;
let node: TestNode;
beforeAll(async () => {
  edge = await TestEdge.open();
  node = await TestNode.open({ edge, overrides: { gamesDir: GAMES } });
});
afterAll(async () => {
  await node?.close();
  await edge?.close();
});

type MatchEnded = Extract<NodeEvent, { type: 'match_ended' }>;
const matches = () => edge.events.filter((event): event is MatchEnded => event.type === 'match_ended');

it('a match that the game ends is told with who sat where, their places and scores', async () => {
  const session = sessionOfEpoch(1);
  const guest = { ...session, sub: randomUUID(), seat: 2, displayName: 'Bob', host: false };
  const host = await arrive(edge, session);
  await phase(host, 'playing');
  const second = await arrive(edge, guest);
  await second.welcome();
  const keys = await KeysChannel.open(host);
  const press = (code: 'Space' | 'Digit8') => {
    const key = EVDEV_OF_CODE[code] ?? 0;
    for (const down of [true, false]) keys.send({ kind: 'key', code: key, down });
  };
  press('Space');
  press('Space');
  press('Digit8');
  await expect.poll(() => matches().length, { timeout: 20_000 }).toBe(1);
  // The next one begins at nothing.
  press('Digit8');
  await expect.poll(() => matches().length, { timeout: 20_000 }).toBe(2);
  const [first, next] = matches();
  expect(first).toMatchObject({
    sessionId: session.sessionId,
    epoch: 1,
    players: [
      { userId: session.sub, seat: 1, place: 1, scores: [{ board: 'presses', value: 2 }] },
      { userId: guest.sub, seat: 2, place: 2, scores: [{ board: 'presses', value: 0 }] },
    ],
  });
  expect(Date.parse(first?.startedAt ?? '')).toBeLessThanOrEqual(Date.parse(first?.at ?? ''));
  expect(next?.players.map(({ scores }) => scores[0]?.value)).toEqual([0, 0]);
  // It began when the first was over, which the event about that is made a moment after.
  expect(next?.startedAt).not.toBe(first?.startedAt);
  expect(Date.parse(next?.startedAt ?? '')).toBeLessThanOrEqual(Date.parse(first?.at ?? ''));
  await keys.close();
  host.send({ type: 'quit' });
  await host.waitForClose();
});
