import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { ensureNative, NATIVE_HELPER } from '#media-node/encode/build-native.ts';
import { MediaHelper } from '#media-node/encode/media-helper.ts';
import { Screen } from '#media-node/encode/native/test/rig.ts';
import { createLog } from '#media-node/log.ts';
import { Room } from '#media-node/sfu/room.ts';
import { Workers } from '#media-node/sfu/workers.ts';
import { seededRandom } from '../bench/stats.ts';
import { residentMb, usageOf } from '../soak/usage.ts';
import { Datagrams } from './datagrams.ts';
import { MemoryWatch } from './memory.ts';
import { type FuzzOptions, isUnderWay } from './options.ts';

const WIDTH = 320;
const HEIGHT = 180;
const RTC = { listenIp: '127.0.0.1', minPort: 40_000, maxPort: 49_999 };

/** Datagrams sent between two looks at whether all still serve. */
const BATCH = 200;
/** In which a part that serves must show it, however slow the machine is. */
const SERVES_MS = 30_000;

export interface FuzzResult {
  /** Datagrams sent to the helper's socket and to the room's two ports. */
  sent: { helper: number; room: number };
  memory: ReturnType<MemoryWatch['judge']>;
}

/**
 * Malformed RTP and RTCP to the media helper's socket (as if the SFU sent it) and to the room's ingest ports (as if the helper did),
 * while a picture is streamed. Throws when the helper, the mediasoup worker or the stream between them no longer serves.
 */
export async function fuzzRtp(options: FuzzOptions): Promise<FuzzResult> {
  await ensureNative();
  const make = new Datagrams(seededRandom(options.seed));
  await using stack = new AsyncDisposableStack();
  const screen = stack.use(await Screen.open(WIDTH, HEIGHT));
  const workers = await Workers.open({ count: 2, log: createLog('fatal', {}) });
  stack.defer(() => workers.close());
  const room = await Room.open({ workers, rtc: RTC, codec: 'h264' });
  stack.defer(() => room.close());
  const sfu = await openSocket();
  stack.defer(() => void sfu.close());
  const [besideSfu, inRoom] = [{ failed: '' }, { failed: '' }];
  const fuzzed = await openHelper(screen, sfu.address().port, besideSfu);
  stack.defer(() => fuzzed.close());
  const streaming = await openHelper(screen, room.ports.video, inRoom);
  stack.defer(() => streaming.close());
  const [, sender] = (await once(sfu, 'message')) as [Buffer, { port: number }];
  let heard = 0;
  sfu.on('message', () => {
    heard += 1;
  });
  const attacker = await openSocket();
  stack.defer(() => void attacker.close());
  const packets = async () =>
    (await room.producers.video.getStats()).reduce((sum, one) => sum + one.packetCount, 0);
  await until('the first packets in the room', async () => (await packets()) > 0);

  const sent = { helper: 0, room: 0 };
  const memory = new MemoryWatch(() => ({
    workersMb: usageOf(process.pid, []).workersMb,
    helperMb: residentMb(fuzzed.pid),
  }));
  const begun = performance.now();
  while (isUnderWay(options, begun, sent.room)) {
    for (let i = 0; i < BATCH; i++) {
      sfu.send(make.next(), sender.port, '127.0.0.1');
      attacker.send(make.next(), i % 2 === 0 ? room.ports.video : room.ports.audio, '127.0.0.1');
      sent.helper += 1;
      sent.room += 1;
    }
    const [heardBefore, packetsBefore] = [heard, await packets()];
    await screen.fill(make.colour(), 0, 0, WIDTH, HEIGHT);
    await until('the helper serves', () => heard > heardBefore || besideSfu.failed !== '');
    await until('the room serves', async () => (await packets()) > packetsBefore || inRoom.failed !== '');
    const failed = besideSfu.failed || inRoom.failed || (room.failed ? 'the mediasoup worker died' : '');
    if (failed !== '') throw new Error(`seed ${options.seed}: ${failed}`);
    memory.look();
  }
  return { sent, memory: memory.judge() };
}

/** A helper that streams the screen to a port. */
async function openHelper(screen: Screen, port: number, state: { failed: string }): Promise<MediaHelper> {
  const helper = await MediaHelper.open({
    spawn: (): ChildProcess =>
      spawn(NATIVE_HELPER, [], {
        stdio: ['pipe', 'pipe', 'pipe'],
        env: { ...process.env, DISPLAY: screen.name, PULSE_SERVER: 'unix:/nowhere' },
      }),
    // Its watchdog is not what is tested: whether it serves is asked with more patience.
    displayHangs: () => true,
    log: createLog('fatal', {}),
    onFailed: detail => {
      state.failed = detail;
    },
  });
  helper.startStream({
    width: WIDTH,
    height: HEIGHT,
    fps: 30,
    quality: { bitrate: 1_000_000, fps: 30, scalePercent: 100 },
    codec: 'h264',
    ports: { video: port },
  });
  return helper;
}

async function openSocket(): Promise<Socket> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}

async function until(what: string, isTrue: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = performance.now() + SERVES_MS; performance.now() < end; await sleep(5)) {
    if (await isTrue()) return;
  }
  throw new Error(`Waited in vain: ${what}`);
}
