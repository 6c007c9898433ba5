import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ensureNative, NATIVE_HELPER } from '../encode/build-native.ts';
import { Encoders } from '../encode/encoders.ts';
import { Screen } from '../encode/native/test/rig.ts';
import { createLog } from '../log.ts';
import { Workers } from '../sfu/workers.ts';
import { until } from '../test/stage.ts';
import { MediaParts } from './media-parts.ts';

/** A real helper on a real display, and a real mediasoup worker. */

const RTC = { listenIp: '127.0.0.1', minPort: 40000, maxPort: 49999 };
const PICTURE = { width: 640, height: 360, fps: 60, minBitrateKbps: 500, maxBitrateKbps: 8000 };
const log = createLog('fatal', {});

let screen: Screen;
let workers: Workers;
let parts: MediaParts;
/** Encoders of the streams that the helper has begun. */
let begun: string[];
let saidAll: Promise<unknown>;
/** The helper that was run last. */
let helper: ChildProcess;
let dir: string;

beforeEach(async () => {
  await ensureNative();
  begun = [];
  dir = await mkdtemp(join(tmpdir(), 'nearcade-parts-'));
  screen = await Screen.open(PICTURE.width, PICTURE.height);
  workers = await Workers.open({ count: 1, log });
  parts = new MediaParts({
    config: { capture: 'damage', codec: 'h264', mediaHelper: NATIVE_HELPER, rtc: RTC },
    host: { displayAnswers: true, spawnTool },
    encoders: new Encoders(),
    workers,
    log,
    onFailed: () => undefined,
  });
  writeFileSync(gate(), '');
  await parts.open();
});

afterEach(async () => {
  await parts.close();
  workers.close();
  await screen[Symbol.asyncDispose]();
  await rm(dir, { recursive: true, force: true });
});

/** Tools are run once this file is there. */
const gate = (): string => join(dir, 'gate');

function spawnTool(argv: readonly string[]) {
  const env = { ...process.env, DISPLAY: screen.name, PULSE_SERVER: 'unix:/nowhere', GATE: gate() };
  const late = ['-c', 'until [ -e "$GATE" ]; do sleep 0.01; done; exec "$0" "$@"', ...argv];
  const child = spawn('sh', late, { stdio: ['pipe', 'pipe', 'pipe'], env });
  helper = child;
  const lines = createInterface({ input: child.stdout });
  lines.on('line', line => {
    const { ev, encoder } = JSON.parse(line);
    if (ev === 'started') begun.push(encoder);
  });
  saidAll = once(lines, 'close');
  return child;
}

it('a stream that begins while its codec changes begins once: another one under its name would stand still for who watches', async () => {
  const { room } = parts;
  room.onStreams(() => {
    parts.startStream({
      picture: PICTURE,
      quality: () => ({ bitrate: 4_000_000, fps: 60, scalePercent: 100 }),
      onRenewed: () => undefined,
      onSpectatorsLost: () => undefined,
    });
  });
  await parts.useCodec('vp8');
  await until(async () => (await room.producers.video.getStats()).some(({ packetCount }) => packetCount > 0));
  await parts.close();
  await saidAll;
  expect(begun).toEqual(['libvpx']);
});

it('a codec that changes while the stream runs has it begin anew, on a way in of its own', async () => {
  const { room } = parts;
  parts.startStream({
    picture: PICTURE,
    quality: () => ({ bitrate: 4_000_000, fps: 60, scalePercent: 100 }),
    onRenewed: () => undefined,
    onSpectatorsLost: () => undefined,
  });
  const before = room.producers.video;
  await parts.useCodec('vp8');
  expect(before.closed).toBe(true);
  await until(async () => (await room.producers.video.getStats()).some(({ packetCount }) => packetCount > 0));
  await parts.close();
  await saidAll;
  expect(begun).toEqual(['x264', 'libvpx']);
});

it('a codec that changes before a dead helper has a successor is streamed by that one, which is told once', async () => {
  const { room } = parts;
  parts.startStream({
    picture: PICTURE,
    quality: () => ({ bitrate: 4_000_000, fps: 60, scalePercent: 100 }),
    onRenewed: () => undefined,
    onSpectatorsLost: () => undefined,
  });
  await until(() => begun.length > 0);
  await rm(gate());
  const { producers } = room;
  helper.kill('SIGKILL');
  // The way in is there for the new helper, which itself is not.
  await until(() => room.producers.video !== producers.video);
  await parts.useCodec('vp8');
  expect(begun).toEqual(['x264']);
  writeFileSync(gate(), '');
  await parts.ready();
  await until(async () => (await room.producers.video.getStats()).some(({ packetCount }) => packetCount > 0));
  await parts.close();
  await saidAll;
  expect(begun).toEqual(['x264', 'libvpx']);
});
