import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { EVDEV_OF_CODE, X11_KEYCODE_OFFSET } from '#shared/keys.ts';
import type { XConnection } from './host/x-connection.ts';
import { heldIn, openDisplay } from './test/held-keys.ts';
import { InputPeer } from './test/input-peer.ts';
import { arrive, GAMES, phase, type SessionClaims, sessionOfEpoch } from './test/stage.ts';
import { TestEdge } from './test/test-edge.ts';
import { TestNode } from './test/test-node.ts';
import type { TestPlayer } from './test/test-player.ts';

const keycode = (code: string) => (EVDEV_OF_CODE[code] ?? 0) + X11_KEYCODE_OFFSET;
const key = (code: string, down: boolean) => ({ kind: 'key', code: EVDEV_OF_CODE[code] ?? 0, down }) as const;

/** The probe shows these to its first and its second seat as they are, and as another key. */
const HOSTS_KEY = keycode('KeyW');
const GUESTS_KEY = keycode('F2');
const LEFT_BUTTON = -1;

let edge: TestEdge;
let node: TestNode;
let session: SessionClaims;
let bob: SessionClaims;
let host: TestPlayer;
let guest: TestPlayer;
let peers: { host: InputPeer; guest: InputPeer };
let display: XConnection;
let epoch = 0;

/** Two players at the probe, each with an input channel of their own. */
describe('what a player holds', () => {
  beforeAll(async () => {
    edge = await TestEdge.open();
    node = await TestNode.open({ edge, overrides: { gamesDir: GAMES, reconnectWindowSeconds: 20 } });
  });
  beforeEach(async () => {
    session = sessionOfEpoch(++epoch);
    bob = { ...session, sub: randomUUID(), seat: 2, displayName: 'Bob', host: false };
    host = await arrive(edge, session);
    await host.welcome();
    guest = await arrive(edge, bob);
    await phase(host, 'playing');
    const [first, second] = await Promise.all([inputOf(host), inputOf(guest)]);
    peers = { host: first, guest: second };
    display = await openDisplay(node.pid);
    peers.host.send(key('KeyW', true));
    peers.host.send({ kind: 'button', button: 0, down: true });
    peers.guest.send(key('Space', true));
    await expect.poll(held).toEqual([LEFT_BUTTON, HOSTS_KEY, GUESTS_KEY]);
  });
  afterEach(async () => {
    display.close();
    if (host.closed === undefined) host.send({ type: 'quit' });
    await host.waitForClose();
    await Promise.all([peers.host.close(), peers.guest.close()]);
  });
  afterAll(async () => {
    await node?.close();
    await edge?.close();
  });

  const held = () => heldIn(display);
  const place = (seat: number | null) =>
    edge.order({
      type: 'set_place',
      sessionId: session.sessionId,
      userId: bob.sub,
      role: seat === null ? 'spectator' : 'player',
      seat,
      host: false,
      rights: seat === null ? [] : ['keyboard'],
      seating: 9,
    });
  const revoke = (reason: 'kicked' | 'signed_out' | 'left') =>
    edge.order({ type: 'revoke', userId: bob.sub, sessionId: session.sessionId, reason });
  const rights = (seat: number, left: ('keyboard' | 'mouse')[]) =>
    edge.order({ type: 'set_rights', sessionId: session.sessionId, seat, rights: left, seating: 9 });

  it.each<[string, () => unknown]>([
    ['whose connection drops', () => guest.vanish()],
    ['who quits', () => guest.send({ type: 'quit' })],
    ['who is put out', () => revoke('kicked')],
    ['who has left on the platform', () => revoke('left')],
    ['who is signed out', () => revoke('signed_out')],
    ['who is moved to watch', () => place(null)],
    ['who is moved to another seat', () => place(3)],
    ['whose other device takes over', () => arrive(edge, bob)],
    ['who loses the right to the keyboard', () => rights(2, ['mouse'])],
    ['whose page lets go of all', () => peers.guest.send({ kind: 'releaseAll' })],
  ])('is released at once, and only theirs: %s', async (_, leave) => {
    await leave();
    await expect.poll(held).toEqual([LEFT_BUTTON, HOSTS_KEY]);
  });

  it('is released by the right that was taken, and nothing more of it comes until it is given back', async () => {
    await rights(1, ['keyboard']);
    await expect.poll(held).toEqual([HOSTS_KEY, GUESTS_KEY]);
    peers.host.send({ kind: 'button', button: 0, down: true });
    peers.host.send(key('KeyW', false));
    await expect.poll(held).toEqual([GUESTS_KEY]);
    const again = { sessionId: session.sessionId, seat: 1, rights: ['keyboard', 'mouse'] } as const;
    await edge.order({ type: 'set_rights', ...again, rights: [...again.rights], seating: 10 });
    peers.host.send({ kind: 'button', button: 0, down: true });
    await expect.poll(held).toEqual([LEFT_BUTTON, GUESTS_KEY]);
  });
});

async function inputOf(player: TestPlayer): Promise<InputPeer> {
  const { sendTransport } = await player.welcome();
  if (sendTransport === null) throw new Error('a spectator sends nothing');
  return InputPeer.open(player, sendTransport);
}
