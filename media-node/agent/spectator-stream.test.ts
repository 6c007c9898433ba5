import { spawn } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { getPriority } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { types } from 'mediasoup';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ensureNative, NATIVE_HELPER } from '../encode/build-native.ts';
import { MediaHelper } from '../encode/media-helper.ts';
import { Screen } from '../encode/native/test/rig.ts';
import type { Picture } from '../encode/quality.ts';
import { createLog } from '../log.ts';
import { Room } from '../sfu/room.ts';
import { Workers } from '../sfu/workers.ts';
import { isAlive } from '../test/processes.ts';
import { until } from '../test/stage.ts';
import { SpectatorStream } from './spectator-stream.ts';

/** Two real helpers on one real display, and real mediasoup workers; who watches is a socket that takes RTP. */

const RTC = { listenIp: '127.0.0.1', minPort: 40000, maxPort: 49999 };
const PICTURE: Picture = { width: 1280, height: 720, fps: 60, minBitrateKbps: 500, maxBitrateKbps: 8000 };
const JOINERS = 50;
const log = createLog('fatal', {});

let screen: Screen;
let workers: Workers;
let room: Room;
let players: MediaHelper;
let stream: SpectatorStream;
let sink: Socket;
let pids: number[];
let lost: number;

const host = {
  displayAnswers: true,
  spawnTool: (argv: readonly string[]) => {
    const env = { ...process.env, DISPLAY: screen.name, PULSE_SERVER: 'unix:/nowhere' };
    const child = spawn(argv[0] ?? '', argv.slice(1), { stdio: ['pipe', 'pipe', 'pipe'], env });
    pids.push(child.pid ?? 0);
    return child;
  },
};

beforeEach(async () => {
  await ensureNative();
  pids = [];
  lost = 0;
  screen = await Screen.open(PICTURE.width, PICTURE.height);
  workers = await Workers.open({ count: 2, log });
  room = await Room.open({ workers, rtc: RTC, codec: 'h264' });
  players = await MediaHelper.open({
    spawn: () => host.spawnTool([NATIVE_HELPER]),
    displayHangs: () => false,
    log,
    onFailed: () => undefined,
  });
  players.startStream({
    ...PICTURE,
    quality: { bitrate: 8_000_000, fps: 60, scalePercent: 100 },
    codec: 'h264',
    ports: { video: room.ports.video },
  });
  stream = new SpectatorStream({
    config: { mediaHelper: NATIVE_HELPER },
    host,
    room,
    picture: PICTURE,
    log,
    onLost: () => {
      lost += 1;
    },
    lingerMs: 200,
  });
  room.secondPicture = stream;
  sink = createSocket('udp4').bind(0, '127.0.0.1');
  await once(sink, 'listening');
});

afterEach(async () => {
  await stream.close();
  room.close();
  workers.close();
  await players.close();
  sink.close();
  await screen[Symbol.asyncDispose]();
});

/** Somebody who takes a spectator's streams as plain RTP. */
async function watch() {
  const source = await room.openSource();
  const { video } = await source.producers();
  const transport = await source.router.createPlainTransport({
    listenInfo: { protocol: 'udp', ip: '127.0.0.1' },
  });
  await transport.connect({ ip: '127.0.0.1', port: sink.address().port });
  const { rtpCapabilities } = source.router;
  const consumer = await transport.consume({ producerId: video.id, rtpCapabilities });
  return { source, consumer };
}

/** Counts the key frames of a producer from now on. */
async function keyFrames(producer: types.Producer): Promise<() => number> {
  let count = 0;
  producer.on('trace', () => {
    count += 1;
  });
  await producer.enableTraceEvent(['keyframe']);
  return () => count;
}

it('serves spectators apart: fifty who come at once, or flood with requests, cost the players no key frame', async () => {
  const painting = screen.paintNoise(4500);
  const ofPlayers = await keyFrames(room.producers.video);
  // Its first key frame is over then, however long the helper took to start.
  await until(async () => (await room.producers.video.getStats()).some(({ packetCount }) => packetCount > 0));
  const first = await watch();
  const second = await stream.producer();
  if (second === undefined) throw new Error('no second picture');
  expect(pids).toHaveLength(2);
  expect(getPriority(pids[1])).toBeGreaterThan(getPriority(pids[0]));
  const ofSpectators = await keyFrames(second);
  const before = ofPlayers();

  const begun = performance.now();
  const joined = await Promise.all(Array.from({ length: JOINERS }, watch));
  for (let i = 0; i < 100; i++) {
    for (const { consumer } of joined) void consumer.requestKeyFrame();
    await sleep(15);
  }
  await painting;
  const seconds = (performance.now() - begun) / 1000;
  expect(ofSpectators()).toBeGreaterThan(0);
  expect(ofSpectators()).toBeLessThanOrEqual(seconds / 0.5 + 2);
  expect(ofPlayers()).toBe(before);
  const [stats] = await first.consumer.getStats();
  expect(stats?.byteCount).toBeGreaterThan(10_000);

  // The last who leaves ends it; who comes later starts it anew.
  for (const { source } of [first, ...joined]) source.release();
  await until(() => !isAlive(pids[1] ?? 0));
  expect(lost).toBe(0);
  const later = await watch();
  expect(pids).toHaveLength(3);
  later.source.release();
});

it('is asked for anew when its encoder dies, and the players’ picture goes on', async () => {
  await watch();
  const [before] = await room.producers.video.getStats();
  process.kill(pids[1] ?? 0, 'SIGKILL');
  await until(() => lost === 1);
  const painting = screen.paintNoise(300);
  await until(async () => {
    const [after] = await room.producers.video.getStats();
    return (after?.packetCount ?? 0) > (before?.packetCount ?? 0);
  });
  await painting;
  const again = await watch();
  await until(async () => ((await again.consumer.getStats())[0]?.packetCount ?? 0) > 0);
});
