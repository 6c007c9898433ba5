import { afterAll, beforeAll, expect, it } from 'vitest';
import { INPUT_CHANNELS, MAX_INPUT_BYTES } from '#shared/input.ts';
import { EVDEV_OF_CODE, X11_KEYCODE_OFFSET } from '#shared/keys.ts';
import type { XConnection } from './host/x-connection.ts';
import { heldIn, openDisplay } from './test/held-keys.ts';
import { InputPeer } from './test/input-peer.ts';
import { arrive, GAMES, phase, sessionOfEpoch } from './test/stage.ts';
import { TestEdge } from './test/test-edge.ts';
import { TestNode } from './test/test-node.ts';

const evdev = (code: string) => EVDEV_OF_CODE[code] ?? 0;

let edge: TestEdge;
let node: TestNode;
let peer: InputPeer;
let display: XConnection;

beforeAll(async () => {
  edge = await TestEdge.open();
  node = await TestNode.open({ edge, overrides: { gamesDir: GAMES } });
  const host = await arrive(edge, sessionOfEpoch(1));
  const { sendTransport } = await host.welcome();
  if (sendTransport === null) throw new Error('no seat');
  peer = await InputPeer.open(host, sendTransport);
  await phase(host, 'playing');
  display = await openDisplay(node.pid);
});
afterAll(async () => {
  display?.close();
  await peer?.close();
  await node?.close();
  await edge?.close();
});

it.each([MAX_INPUT_BYTES + 1, 5_000, 60_000])(
  'goes on hearing who has sent a message of %i bytes',
  async size => {
    for (const down of [true, false]) {
      for (const channel of INPUT_CHANNELS) peer.sendRaw(channel, Buffer.alloc(size, 1));
      peer.send({ kind: 'key', code: evdev('KeyW'), down });
      await shown(down);
    }
  },
);

it('holds nothing back that lies behind such a message, when part of that was lost on the way', async () => {
  peer.loseNext(1_000);
  peer.sendRaw('keys', Buffer.alloc(5_000, 1));
  peer.send({ kind: 'key', code: evdev('KeyW'), down: true });
  await shown(true);
  peer.send({ kind: 'key', code: evdev('KeyW'), down: false });
  await shown(false);
});

function shown(down: boolean): Promise<void> {
  return expect
    .poll(() => heldIn(display), { timeout: 20_000 })
    .toEqual(down ? [evdev('KeyW') + X11_KEYCODE_OFFSET] : []);
}
