import { randomUUID } from 'node:crypto';
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { ask, XConnection } from '#media-node/host/x-connection.ts';
import { InputPeer } from '#media-node/test/input-peer.ts';
import { arrive, GAMES, phase, type SessionClaims, sessionOfEpoch } from '#media-node/test/stage.ts';
import { TestEdge } from '#media-node/test/test-edge.ts';
import { TestNode } from '#media-node/test/test-node.ts';
import type { TestPlayer } from '#media-node/test/test-player.ts';
import { encodeInput, INPUT_CHANNELS } from '#shared/input.ts';
import { EVDEV_OF_CODE, X11_KEYCODE_OFFSET } from '#shared/keys.ts';
import { SIGNAL_PING_S } from '#shared/limits.ts';
import type { MemoryWatch } from './memory.ts';
import { SMALL_HEAP, watchNode } from './node-target.ts';
import { type FuzzOptions, isUnderWay } from './options.ts';

/** How long a press of a neighbour may take on however busy a machine: one that does not arrive is lost. */
const PRESS_TIMEOUT_MS = 30_000;

/** Messages of a fuzzer between two presses of its neighbour. */
const ROUND = 60;

export interface DataChannelFuzz {
  /** Messages that the node was sent. */
  sent: number;
  /** The codes with which fuzzers were cut off, by how often. */
  cuts: Record<string, number>;
  /** Presses of the player beside them, each of which reached the display. */
  presses: number;
  memory: ReturnType<MemoryWatch['judge']>;
}

const RELEASE_ALL = Buffer.from(encodeInput({ kind: 'releaseAll' }));

const bytes = fc.uint8Array({ maxLength: 200 }).map(data => Buffer.from(data));
/** Right in its first byte, and perhaps in its length. */
const nearly = fc
  .tuple(fc.integer({ min: 0, max: 12 }), fc.uint8Array({ maxLength: 20 }))
  .map(([kind, rest]) => Buffer.from([kind, ...rest]));
/** Far longer than input is. */
const long = fc.constantFrom(...[194, 1_200, 5_000, 60_000].map(size => Buffer.alloc(size, 4)));
const message = fc.record({
  channel: fc.constantFrom(...INPUT_CHANNELS),
  data: fc.oneof(
    { weight: 3, arbitrary: bytes },
    { weight: 6, arbitrary: nearly },
    { weight: 1, arbitrary: fc.string({ maxLength: 60 }) },
    { weight: 1, arbitrary: long },
  ),
});

/**
 * Sends a real node whatever comes over the data channels of one seat, and floods besides, while the player of another seat plays. Throws
 * when the node ends, or a press of that player does not reach the game's display.
 */
export async function fuzzDataChannels(options: FuzzOptions): Promise<DataChannelFuzz> {
  await using cleanUp = new AsyncDisposableStack();
  const edge = await TestEdge.open();
  cleanUp.defer(() => edge.close());
  // Where the slot's user may pass, as /run is.
  const runtimeDir = await mkdtemp(join(tmpdir(), 'nearcade-fuzz-'));
  await chmod(runtimeDir, 0o711);
  cleanUp.defer(() => rm(runtimeDir, { recursive: true, force: true }));
  const uidBase = 40_000 + (process.pid % 10_000);
  const node = await TestNode.open({
    edge,
    overrides: { gamesDir: GAMES, runtimeDir, uidBase },
    nodeOptions: SMALL_HEAP,
  });
  const memory = watchNode(node.pid);
  cleanUp.defer(() => node.close());
  const session = sessionOfEpoch(1);
  const host = await arrive(edge, session);
  const player = await openPeer(host);
  cleanUp.defer(() => player.close());
  await phase(host, 'playing');
  const pings = setInterval(() => host.send({ type: 'ping', sentAt: 0 }), SIGNAL_PING_S * 1000);
  cleanUp.defer(() => clearInterval(pings));
  const display = await openDisplay(runtimeDir, uidBase);
  cleanUp.defer(() => display.close());

  const random = fc.sample(message, { numRuns: 20_000, seed: options.seed });
  const result: Attack['result'] = { sent: 0, cuts: {}, presses: 0 };
  const begun = performance.now();
  for (let round = 0; isUnderWay(options, begun, result.sent) || round < 3; round++) {
    const cut = await attack({ edge, session, random, round, result }, () => press(player, display));
    if (cut !== undefined) result.cuts[cut] = (result.cuts[cut] ?? 0) + 1;
    memory.look();
  }
  return { ...result, memory: memory.judge() };
}

async function openPeer(player: TestPlayer): Promise<InputPeer> {
  const { sendTransport } = await player.welcome();
  if (sendTransport === null) throw new Error('no seat');
  return InputPeer.open(player, sendTransport);
}

interface Attack {
  edge: TestEdge;
  session: SessionClaims;
  random: readonly { channel: (typeof INPUT_CHANNELS)[number]; data: Buffer | string }[];
  round: number;
  result: Omit<DataChannelFuzz, 'memory'>;
}

/** A guest comes, sends until it is cut off, and is gone. Every other one floods. */
async function attack(
  { edge, session, random, round, result }: Attack,
  neighbourPresses: () => Promise<void>,
): Promise<string | undefined> {
  const guest = await arrive(edge, { ...session, sub: randomUUID(), seat: 2, displayName: 'Fuzz' });
  const peer = await openPeer(guest);
  const floods = round % 2 === 1;
  try {
    for (let at = 0; at < random.length / 4 && guest.closed === undefined; at++) {
      const next = random[(at + round * 977) % random.length];
      if (floods) result.sent += flood(peer);
      else if (next !== undefined && peer.sendRaw(next.channel, next.data)) result.sent += 1;
      if (at % ROUND === 0) {
        await neighbourPresses();
        result.presses += 1;
      } else if (floods || at % 10 === 0) await sleep(5);
    }
    if (guest.closed === undefined) guest.vanish();
    return guest.closed?.reason;
  } finally {
    await peer.close().catch(() => undefined); // the node has closed the other end
  }
}

/** A tenth of what a browser can: it costs this process as much as the node, and the neighbour is in it too. */
function flood(peer: InputPeer): number {
  let sent = 0;
  for (let i = 0; i < 40; i++) if (peer.sendRaw('keys', RELEASE_ALL)) sent += 1;
  return sent;
}

async function openDisplay(runtimeDir: string, uid: number): Promise<XConnection> {
  const [own = ''] = await readdir(runtimeDir);
  const cookie = (await readFile(join(runtimeDir, own, 'slot-0', 'xauthority'))).subarray(-16);
  // The display of the lowest uid is 1000 (media-node/host/xvfb.ts), so it has the slot's own number.
  return XConnection.open({ number: uid, cookie }, () => undefined);
}

/** The probe's first seat presses Space, which its game sees as F1. */
async function press(player: InputPeer, display: XConnection): Promise<void> {
  for (const down of [true, false]) {
    player.send({ kind: 'key', code: EVDEV_OF_CODE.Space ?? 0, down });
    await seen(display, (EVDEV_OF_CODE.F1 ?? 0) + X11_KEYCODE_OFFSET, down);
  }
}

async function seen(display: XConnection, keycode: number, down: boolean): Promise<void> {
  const giveUp = performance.now() + PRESS_TIMEOUT_MS;
  for (;;) {
    const keys = await ask<Buffer>(reply => display.client.QueryKeymap(reply));
    if ((((keys[keycode >> 3] ?? 0) >> (keycode & 7)) & 1) === (down ? 1 : 0)) return;
    if (performance.now() > giveUp)
      throw new Error(`a neighbour's ${down ? 'press' : 'release'} did not arrive`);
    await sleep(2);
  }
}
