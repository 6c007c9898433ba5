import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseManifest } from '#shared/manifest.ts';
import { CLOSE } from '#shared/signal.ts';
import { KeysChannel } from './test/keys-channel.ts';
import { arrive, GAMES, phase, type SessionClaims } from './test/stage.ts';
import { TestEdge } from './test/test-edge.ts';
import { TestNode } from './test/test-node.ts';

/** A real game's own save, from its menu to the player's next session on another node. */

const { slug, version } = parseManifest(JSON.parse(readFileSync(join(GAMES, 'freedoom/game.json'), 'utf8')));

/** evdev. */
const ENTER = 28;
const F6 = 64;
const KEY_A = 30;

let edge: TestEdge;
let node: TestNode;

beforeAll(async () => {
  edge = await TestEdge.open();
  node = await TestNode.open({ edge });
});

afterAll(async () => {
  await node?.close();
  await edge?.close();
});

const sub = randomUUID();

async function play(epoch: number) {
  const session: SessionClaims = { sessionId: randomUUID(), sub, epoch, game: slug, gameVersion: version };
  const host = await arrive(edge, session);
  await phase(host, 'playing');
  return { session, host };
}

/** The level that was saved, by its path in the home; undefined: none was. */
function savedLevel({ sessionId }: SessionClaims): { path: string; bytes: Buffer } | undefined {
  const home = join(node.dir, 'data/homes', sessionId, '.local/share/crispy-doom');
  const path = list(home).find(name => name.endsWith('.dsg'));
  return path === undefined ? undefined : { path, bytes: readFileSync(join(home, path)) };
}

function list(dir: string): string[] {
  try {
    return readdirSync(dir, { recursive: true }).map(String);
  } catch {
    return []; // the game has not made it yet
  }
}

it('what a player saves in Freedoom is there in their next session, on another node', async () => {
  const first = await play(1);
  const keys = await KeysChannel.open(first.host);
  const press = async (code: number) => {
    keys.send({ kind: 'key', code, down: true });
    await sleep(60);
    keys.send({ kind: 'key', code, down: false });
    await sleep(250);
  };
  // Whatever the game shows by now: Enter goes through the menu into the first level, and does nothing there.
  while (savedLevel(first.session) === undefined) {
    for (const code of [ENTER, ENTER, ENTER, ENTER, F6, ENTER, KEY_A, ENTER]) await press(code);
  }
  await keys.close();
  first.host.send({ type: 'quit' });
  expect(await first.host.waitForClose()).toMatchObject({ code: CLOSE.ended });
  expect(edge.saves.good(sub, slug)).toBeDefined();

  await node.close();
  node = await TestNode.open({ edge });
  const second = await play(2);
  expect(savedLevel(second.session)?.bytes.length).toBeGreaterThan(1000);
  second.host.send({ type: 'quit' });
  await second.host.waitForClose();
});
