import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLog } from '../log.ts';
import { Room } from '../sfu/room.ts';
import { SPECTATORS_KEY_FRAME_MS } from '../sfu/second-picture.ts';
import type { ViewerSource } from '../sfu/viewer.ts';
import { Workers } from '../sfu/workers.ts';
import { LossyPath } from '../test/lossy-path.ts';
import { RtpSource, readPacket } from '../test/rtp-source.ts';
import { until } from '../test/stage.ts';
import { connectPipe, describePipe, openPipe } from './pipe.ts';
import { RelayStage } from './relay-stage.ts';

/** The media of a relay on real mediasoup workers of two nodes, with a path between them that loses packets. */

const RTC = { listenIp: '127.0.0.1', minPort: 40000, maxPort: 49999 };
const log = createLog('error', {});

let here: Workers;
let there: Workers;
let room: Room;
let source: ViewerSource;
let stage: RelayStage;
let path: LossyPath;
/** The players' encoder, and the spectators'. */
let players: RtpSource;
let spectators: RtpSource;
let sending: NodeJS.Timeout;

beforeEach(async () => {
  [here, there] = await Promise.all([Workers.open({ count: 2, log }), Workers.open({ count: 2, log })]);
  room = await Room.open({ workers: here, rtc: RTC, codec: 'h264' });
  const second = await room.openSecondIngest();
  room.secondPicture = { producer: () => Promise.resolve(second.producer), idle: () => undefined };
  players = await RtpSource.open(room.ports.video);
  spectators = await RtpSource.open(second.port);
  source = await room.openSource();
  const pipe = await openPipe(source.router, RTC);
  stage = await RelayStage.open(there, RTC);
  path = await LossyPath.open();
  path.join(pipe.tuple.localPort, stage.pipe.tuple.localPort);
  // Each side sends to the path, and hears from it alone.
  await connectPipe(stage.pipe, { ...describePipe(pipe, RTC, undefined), port: path.ports.far });
  await connectPipe(pipe, { ...describePipe(stage.pipe, RTC, undefined), port: path.ports.near });
  const { video, audio } = await source.producers();
  const [sentVideo, sentAudio] = await Promise.all([
    pipe.consume({ producerId: video.id }),
    pipe.consume({ producerId: audio.id }),
  ]);
  await stage.receive({ ...sentVideo.rtpParameters }, { ...sentAudio.rtpParameters });
  sending = setInterval(() => {
    players.send();
    spectators.send();
  }, 10);
});

afterEach(() => {
  clearInterval(sending);
  stage.close();
  room.close();
  here.close();
  there.close();
  players.close();
  spectators.close();
  path.close();
});

/** Somebody who watches by the relay: which packets have come, the first ones first. */
async function watch() {
  const from = await stage.openSource();
  const direct = await from.router.createDirectTransport();
  const { video } = await from.producers();
  const consumer = await direct.consume({
    producerId: video.id,
    rtpCapabilities: from.router.rtpCapabilities,
  });
  const got: { number: number; key: boolean }[] = [];
  consumer.on('rtp', packet => got.push(readPacket(packet)));
  return { consumer, got };
}

describe('a relay behind a path that loses packets', () => {
  it('has what was lost sent again: its viewers miss nothing', async () => {
    path.loseEach = 10;
    const { got } = await watch();
    await until(() => got.length > 200);
    expect(path.lost).toBeGreaterThan(15);
    path.loseEach = 0;
    const last = spectators.sent;
    await until(() => got.some(({ number }) => number > last + 20));
    const first = got[0]?.number ?? 0;
    const numbers = new Set(got.map(({ number }) => number));
    await until(() => {
      for (const { number } of got) numbers.add(number);
      for (let number = first; number < last; number++) if (!numbers.has(number)) return false;
      return true;
    });
  });

  it('starts who comes late with a key frame of their own asking, whatever is lost', async () => {
    path.loseEach = 10;
    const early = await watch();
    await until(() => early.got.length > 0);
    for (let count = 0; count < 3; count++) {
      const late = await watch();
      await until(() => late.got.length > 0);
      expect(late.got[0]?.key).toBe(true);
    }
  });

  it('passes the key-frame requests of all its viewers on as one each half second, and never to the players’ stream', async () => {
    const viewers = await Promise.all(Array.from({ length: 10 }, watch));
    await until(() => viewers.every(({ got }) => got.length > 0));
    const [before, ofPlayers] = [spectators.requests, players.requests];
    const begun = performance.now();
    for (let round = 0; round < 60; round++) {
      for (const { consumer } of viewers) void consumer.requestKeyFrame();
      await sleep(25);
    }
    const seconds = (performance.now() - begun) / 1000;
    const asked = spectators.requests - before;
    expect(asked).toBeGreaterThan(0);
    expect(asked).toBeLessThanOrEqual((seconds * 1000) / SPECTATORS_KEY_FRAME_MS + 2);
    expect(players.requests).toBe(ofPlayers);
  });
});
