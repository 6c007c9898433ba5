import { randomUUID } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { EVDEV_OF_CODE, X11_KEYCODE_OFFSET } from '#shared/keys.ts';
import type { GameManifest } from '#shared/manifest.ts';
import { buttonBit, PAD_AT_REST } from '#shared/pads.ts';
import type { ServerMessage } from '#shared/signal.ts';
import { ensureNative, NATIVE_BUILD_DIR } from './encode/build-native.ts';
import { heldIn, openDisplay } from './test/held-keys.ts';
import { InputPeer } from './test/input-peer.ts';
import { arrive, GAMES, phase, type SessionClaims, sessionOfEpoch } from './test/stage.ts';
import { TestEdge } from './test/test-edge.ts';
import { TestNode } from './test/test-node.ts';
import type { TestPlayer } from './test/test-player.ts';

const BUILD_DIR = `${NATIVE_BUILD_DIR}-test`;
const WAIT = { timeout: 30_000 };

/** What a pad of seat 2, 3 and 4 presses, as the display has it. */
const keyOf = (seat: number) => (EVDEV_OF_CODE[`F${seat}`] ?? 0) + X11_KEYCODE_OFFSET;

const padWith = (hand: number, sequence: number, pressed: boolean) =>
  ({
    kind: 'pad',
    hand,
    sequence,
    ...PAD_AT_REST,
    buttons: pressed ? buttonBit('south') : 0,
  }) as const;

/** The probe under other names: one whose pads press keys, one that shakes the last pad that was plugged in. */
function bring(
  gamesDir: string,
  slug: string,
  change: (manifest: GameManifest, folder: string) => object,
): void {
  const folder = join(gamesDir, slug);
  mkdirSync(folder);
  const manifest = JSON.parse(readFileSync(join(GAMES, 'probe/game.json'), 'utf8')) as GameManifest;
  cpSync(join(GAMES, '../.nearcade/games/probe/probe'), join(folder, 'probe'));
  const changed = { ...manifest, slug, install: {}, command: [`/opt/games/${slug}/probe`] };
  writeFileSync(join(folder, 'game.json'), JSON.stringify({ ...changed, ...change(manifest, folder) }));
}

describe('several gamepads at one page', () => {
  let gamesDir: string;
  let edge: TestEdge;
  let node: TestNode;
  let session: SessionClaims;
  let epoch = 0;
  const peers: InputPeer[] = [];
  /** The host's page that is there now. */
  let hosts: TestPlayer;

  beforeAll(async () => {
    await ensureNative({ buildDir: BUILD_DIR, testTools: true });
    gamesDir = mkdtempSync(join(tmpdir(), 'nearcade-games-'));
    bring(gamesDir, 'pads-as-keys', ({ input }) => {
      const seats = input.seats.map((seat, index) => ({ ...seat, pad: { south: `F${index + 1}` } }));
      return { input: { ...input, seats, pads: { max: 4, how: 'keys' } } };
    });
    bring(gamesDir, 'pads-that-shake', ({ input }, folder) => {
      cpSync(join(BUILD_DIR, 'pad-watcher'), join(folder, 'pad-watcher'));
      const inside = '/opt/games/pads-that-shake';
      const shake = `while :; do echo rumble; sleep 0.2; done | ${inside}/pad-watcher & exec ${inside}/probe`;
      const env = { SDL_VIDEODRIVER: 'dummy', SDL_AUDIODRIVER: 'dummy' };
      return {
        command: ['/bin/sh', '-c', shake],
        env,
        input: { ...input, pads: { max: 4, how: 'sdl' } },
      };
    });
    edge = await TestEdge.open();
    node = await TestNode.open({ edge, overrides: { gamesDir, reconnectWindowSeconds: 20 } });
  }, 240_000);
  beforeEach(() => {
    session = sessionOfEpoch(++epoch);
  });
  afterEach(async () => {
    hosts.send({ type: 'quit' });
    await hosts.waitForClose();
    await Promise.all(peers.splice(0).map(peer => peer.close()));
  });
  afterAll(async () => {
    await node?.close();
    await edge?.close();
    rmSync(gamesDir, { recursive: true, force: true });
  });

  /** A player comes, with a page that can send. */
  async function come(claims: SessionClaims): Promise<{ player: TestPlayer; peer: InputPeer }> {
    const player = await arrive(edge, claims);
    if (claims.sub === session.sub) hosts = player;
    const { sendTransport } = await player.welcome();
    if (sendTransport === null) throw new Error('a spectator sends nothing');
    const peer = await InputPeer.open(player, sendTransport);
    peers.push(peer);
    return { player, peer };
  }
  const guestOf = (seat: number) => ({
    ...session,
    sub: randomUUID(),
    seat,
    displayName: 'Bob',
    host: false,
  });
  const plug = (peer: InputPeer, hand: number) => peer.send({ kind: 'padPlug', hand, plugged: true });
  const seatsOf = (player: TestPlayer) =>
    player.messages.findLast(message => message.type === 'pads')?.seats ?? [];

  it('play the seats that nobody has, until somebody takes them; a guest has no pad but their own', async () => {
    session = { ...session, game: 'pads-as-keys' };
    const { player: host, peer } = await come(session);
    await phase(host, 'playing');
    const display = await openDisplay(node.pid);
    try {
      const held = () => heldIn(display);
      for (const hand of [0, 1]) plug(peer, hand);
      await expect.poll(() => seatsOf(host), WAIT).toEqual([2, null, null]);
      peer.send(padWith(0, 1, true));
      peer.send(padWith(1, 1, true));
      await expect.poll(held, WAIT).toEqual([keyOf(1), keyOf(2)]);

      // Who takes the seat has its pad, and nothing of it is held.
      const { player: guest, peer: guestPeer } = await come(guestOf(2));
      await expect.poll(() => seatsOf(host), WAIT).toEqual([3, null, null]);
      await expect.poll(held, WAIT).toEqual([keyOf(1)]);
      plug(guestPeer, 0);
      guestPeer.send(padWith(0, 1, true));
      peer.send(padWith(1, 2, true));
      await expect.poll(held, WAIT).toEqual([keyOf(1), keyOf(2), keyOf(3)]);

      // A guest's page has one pad, whatever it says.
      plug(guestPeer, 1);
      guestPeer.send(padWith(1, 1, true));
      guestPeer.send(padWith(0, 2, false));
      await expect.poll(held, WAIT).toEqual([keyOf(1), keyOf(3)]);
      expect(seatsOf(guest)).toEqual([]);

      // The host takes the seat's pad away, also from their own page; it plays the last free one.
      await edge.order({
        type: 'set_rights',
        sessionId: session.sessionId,
        seat: 3,
        rights: ['keyboard', 'mouse', 'voice'],
        seating: 9,
      });
      await expect.poll(() => seatsOf(host), WAIT).toEqual([4, null, null]);
      await expect.poll(held, WAIT).toEqual([keyOf(1)]);
      peer.send(padWith(1, 3, true));
      await expect.poll(held, WAIT).toEqual([keyOf(1), keyOf(4)]);

      // Dropped: all of the page's hands let go. The page that comes back plays on.
      host.vanish();
      await expect.poll(held, WAIT).toEqual([]);
      const { player: back, peer: again } = await come(session);
      plug(again, 1);
      await expect.poll(() => seatsOf(back), WAIT).toEqual([4, null, null]);
      again.send(padWith(1, 1, true));
      await expect.poll(held, WAIT).toEqual([keyOf(4)]);
      again.send({ kind: 'releaseAll' });
      await expect.poll(held, WAIT).toEqual([]);
    } finally {
      display.close();
    }
  });

  it('shake as the game says, each in the hand that plays it, at the page of who has the seat', async () => {
    session = { ...session, game: 'pads-that-shake' };
    const { player: host, peer } = await come(session);
    await phase(host, 'playing');
    for (const hand of [0, 1]) plug(peer, hand);
    await rumbling(host, 1);
    const { player: guest, peer: guestPeer } = await come(guestOf(2));
    await expect.poll(() => seatsOf(host), WAIT).toEqual([3, null, null]);
    plug(guestPeer, 0);
    await rumbling(guest, 0);
  });
});

/** The game has the pad shake, and lets it be again. */
async function rumbling(player: TestPlayer, hand: number): Promise<void> {
  const shaken = { type: 'rumble', hand, low: 0x8000, high: 0x4000 };
  const still = { type: 'rumble', hand, low: 0, high: 0 };
  const said = () => player.messages.filter((message: ServerMessage) => message.type === 'rumble');
  await expect.poll(said, WAIT).toContainEqual(shaken);
  await expect.poll(said, WAIT).toContainEqual(still);
}
