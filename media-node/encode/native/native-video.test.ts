import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { decode, Helper, runUnitTests, Screen, until, type Yuv } from './test/rig.ts';
import { type Codec, type EncodedFrame, RtpReceiver } from './test/rtp-receiver.ts';

const WIDTH = 640;
const HEIGHT = 360;
const SSRC = 0xf0000001;
const EXTENSION_ID = 9;

/** BT.601, limited range, within what the encoders may lose. */
const RED: Yuv = [82, 90, 240];
const BLUE: Yuv = [41, 240, 110];
const TOLERANCE = 6;

function start(helper: Helper, receiver: RtpReceiver, codec: Codec, options: object = {}): void {
  const video = { codec, width: WIDTH, height: HEIGHT, fps: 60, bitrateKbps: 4000, ...options };
  const target = { host: '127.0.0.1', port: receiver.port, ssrc: SSRC, payloadType: 102 };
  helper.send({
    cmd: 'start',
    video: { ...video, ...target, playoutDelayExtId: EXTENSION_ID },
    audio: null,
  });
}

async function frameCount(receiver: RtpReceiver, codec: Codec, count: number): Promise<EncodedFrame[]> {
  return until(`${count} frames`, () => {
    const frames = receiver.frames(codec);
    return frames.length >= count && frames;
  });
}

function expectColour(actual: Yuv | undefined, expected: Yuv): void {
  expect(actual).toHaveLength(3);
  expected.forEach((value, i) => {
    expect(Math.abs((actual?.[i] ?? -99) - value)).toBeLessThan(TOLERANCE);
  });
}

const CODECS: Codec[] = ['h264', 'vp8', 'vp9', 'av1'];

describe.each(CODECS)('%s', codec => {
  it('sends a change at once, and its decoded colour is right', async () => {
    await using screen = await Screen.open(WIDTH, HEIGHT);
    await using receiver = await RtpReceiver.open();
    await using helper = await Helper.open(screen.name);
    await helper.event('ready');
    await screen.fill(0xff0000, 0, 0, WIDTH, HEIGHT);
    start(helper, receiver, codec);
    await helper.event('firstFrame');
    // The refinements of the first picture come to an end.
    await sleep(1200);

    const before = receiver.frames(codec).length;
    await screen.fill(0x0000ff, 101, 51, 99, 77);
    await helper.event('firstChange');
    const frames = await frameCount(receiver, codec, before + 2);

    const points: [number, number][] = [
      [10, 10],
      [150, 90],
      [90, 90],
      [210, 90],
    ];
    const pictures = await decode(codec, frames, points);
    expect(pictures).toHaveLength(frames.length);
    expect(pictures[0]).toMatchObject({ width: WIDTH, height: HEIGHT });
    for (const colour of pictures[0]?.pixels ?? []) expectColour(colour, RED);
    // The next frame shows it, or the one after a keep-alive that was on its way.
    const answer = pictures[before + 1]?.pixels ?? [];
    expectColour(answer[0], RED);
    expectColour(answer[1], BLUE);
    expectColour(answer[2], RED);
    expectColour(answer[3], RED);
    expect(frames.map(frame => frame.key)).toEqual(frames.map((_, i) => i === 0));
  });

  it('comes to rest, after much motion, on the picture that is on the screen', async () => {
    await using screen = await Screen.open(WIDTH, HEIGHT);
    await using receiver = await RtpReceiver.open();
    await using helper = await Helper.open(screen.name);
    start(helper, receiver, codec);
    await frameCount(receiver, codec, 1);
    await screen.paintNoise(1500);
    await sleep(1200);
    const points = Array.from({ length: 16 }, (_, i): [number, number] => [
      20 + i * 39,
      10 + ((i * 83) % 340),
    ]);
    const colours = await screen.colours(points);
    const pictures = await decode(codec, receiver.frames(codec), points);
    expect(pictures.length).toBeGreaterThan(30);
    const last = pictures.at(-1)?.pixels ?? [];
    // Luma: a point may lie on the edge of a square, where two pixels share their chroma.
    expect(Math.max(...colours.map(([y], i) => Math.abs(y - (last[i]?.[0] ?? 0))))).toBeLessThan(16);
    expect(new Set(colours.map(String)).size).toBeGreaterThan(8);
  });

  it('answers PLI and FIR with a key frame, several within a short time with one', async () => {
    await using screen = await Screen.open(WIDTH, HEIGHT);
    await using receiver = await RtpReceiver.open();
    await using helper = await Helper.open(screen.name);
    start(helper, receiver, codec);
    await frameCount(receiver, codec, 1);
    await sleep(300);
    for (let i = 0; i < 5; i++) receiver.sendFeedback(206, 1, SSRC);
    await until('a second key frame', () => receiver.frames(codec).filter(frame => frame.key).length === 2);

    const fir = Buffer.alloc(8);
    fir.writeUInt32BE(SSRC, 0);
    receiver.sendFeedback(206, 4, 0, fir);
    await until('a third key frame', () => receiver.frames(codec).filter(frame => frame.key).length === 3);
    receiver.sendFeedback(206, 1, SSRC + 1);
    await sleep(500);
    expect(receiver.frames(codec).filter(frame => frame.key)).toHaveLength(3);
    helper.send({ cmd: 'keyframe' });
    await until('a fourth key frame', () => receiver.frames(codec).filter(frame => frame.key).length === 4);
  });

  it('keeps to its bitrate and obeys another one without a key frame', async () => {
    await using screen = await Screen.open(WIDTH, HEIGHT);
    await using receiver = await RtpReceiver.open();
    await using helper = await Helper.open(screen.name);
    start(helper, receiver, codec, { bitrateKbps: 3000, fps: 30 });
    await frameCount(receiver, codec, 1);
    const SECONDS = 1.5;
    await screen.paintNoise(700);
    let from = receiver.packets.length;
    await screen.paintNoise(SECONDS * 1000);
    const high = receiver.packets.slice(from).reduce((sum, packet) => sum + packet.payload.length, 0) * 8;
    helper.send({ cmd: 'bitrate', kbps: 600 });
    await screen.paintNoise(1000);
    from = receiver.packets.length;
    await screen.paintNoise(SECONDS * 1000);
    const low = receiver.packets.slice(from).reduce((sum, packet) => sum + packet.payload.length, 0) * 8;
    expect(high).toBeLessThan(3000 * SECONDS * 1000 * 1.3);
    expect(low).toBeLessThan(600 * SECONDS * 1000 * 1.3);
    expect(low).toBeLessThan(high / 2);
    expect(receiver.frames(codec).filter(frame => frame.key)).toHaveLength(1);
  });

  it('sends the picture smaller and whole again, each with one key frame', async () => {
    await using screen = await Screen.open(WIDTH, HEIGHT);
    await using receiver = await RtpReceiver.open();
    await using helper = await Helper.open(screen.name);
    await screen.fill(0xff0000, 0, 0, WIDTH, HEIGHT);
    start(helper, receiver, codec, { scalePercent: 75 });
    await frameCount(receiver, codec, 1);
    const sizes: number[][] = [];
    for (const percent of [50, 100]) {
      const from = receiver.packets.length;
      helper.send({ cmd: 'scale', percent });
      await until('a key frame', () => receiver.frames(codec, from).some(frame => frame.key));
      await screen.fill(0x0000ff, 0, 0, WIDTH / 2, HEIGHT);
      await sleep(500);
      const frames = receiver.frames(codec, from);
      expect(frames.filter(frame => frame.key)).toHaveLength(1);
      // A picture of the former size may still have been on its way: what is new begins with the key frame.
      const pictures = await decode(codec, frames.slice(frames.findIndex(frame => frame.key)), [
        [Math.round(WIDTH * percent * 0.0025), 20],
        [Math.round(WIDTH * percent * 0.0075), 20],
      ]);
      const last = pictures.at(-1);
      sizes.push([last?.width ?? 0, last?.height ?? 0]);
      expectColour(last?.pixels[0], BLUE);
      expectColour(last?.pixels[1], RED);
      await screen.fill(0xff0000, 0, 0, WIDTH, HEIGHT);
      await sleep(100);
    }
    expect(sizes).toEqual([
      [320, 180],
      [640, 360],
    ]);
  });
});

/** What is decided before an encoder is asked: two stand for all. */
describe.each(CODECS.slice(0, 2))('with %s, the helper', codec => {
  it('sends next to nothing of a still picture, and nothing new of an identical redraw', async () => {
    await using screen = await Screen.open(WIDTH, HEIGHT);
    await using receiver = await RtpReceiver.open();
    await using helper = await Helper.open(screen.name);
    await screen.fill(0x336699, 0, 0, WIDTH, HEIGHT);
    start(helper, receiver, codec);
    await frameCount(receiver, codec, 9);
    await sleep(200);
    const before = receiver.packets.length;
    for (let i = 0; i < 40; i++) {
      await screen.fill(0x336699, 0, 0, WIDTH, HEIGHT);
      await sleep(50);
    }
    const frames = receiver.frames(codec, before);
    expect(frames.length).toBeGreaterThanOrEqual(1);
    expect(frames.length).toBeLessThanOrEqual(3);
    expect(frames.reduce((sum, frame) => sum + frame.bytes, 0)).toBeLessThan(3000);
    const stats = helper.events.filter(event => event.ev === 'stats');
    expect(Math.max(...stats.map(event => event.skipped))).toBeGreaterThan(5);
    expect(helper.events.some(event => event.ev === 'firstChange')).toBe(false);
  });

  it('keeps to its frame rate and obeys another one', async () => {
    await using screen = await Screen.open(WIDTH, HEIGHT);
    await using receiver = await RtpReceiver.open();
    await using helper = await Helper.open(screen.name);
    start(helper, receiver, codec, { fps: 20 });
    await frameCount(receiver, codec, 1);
    await screen.paintNoise(2500);
    expect(rateOf(receiver.frames(codec).slice(5))).toBeLessThan(20 * 1.15);
    helper.send({ cmd: 'fps', value: 10 });
    await screen.paintNoise(200);
    const from = receiver.packets.length;
    await screen.paintNoise(2500);
    expect(rateOf(receiver.frames(codec, from))).toBeLessThan(10 * 1.15);
  });
});

/** Frames a second, by their own timestamps. */
function rateOf(frames: EncodedFrame[]): number {
  const [first, last] = [frames[0], frames.at(-1)];
  if (first === undefined || last === undefined || frames.length < 10) throw new Error('Too few frames');
  return ((frames.length - 1) * 90_000) / ((last.timestamp - first.timestamp) >>> 0);
}

describe('RTP', () => {
  it('is numbered without a gap, timed in 90 kHz, stamped with playout-delay and reported by RTCP', async () => {
    await using screen = await Screen.open(WIDTH, HEIGHT);
    await using receiver = await RtpReceiver.open();
    await using helper = await Helper.open(screen.name);
    start(helper, receiver, 'h264', { bitrateKbps: 20_000 });
    await frameCount(receiver, 'h264', 1);
    await screen.paintNoise(1500);
    const { packets } = receiver;
    const first = packets[0];
    if (first === undefined) throw new Error('No packet');
    packets.forEach((packet, i) => {
      expect(packet).toMatchObject({ payloadType: 102, ssrc: SSRC });
      expect(packet.sequence).toBe((first.sequence + i) & 0xffff);
      expect(packet.extensions.get(EXTENSION_ID)?.toString('hex')).toBe('000000');
      expect(packet.payload.length).toBeLessThanOrEqual(1180);
    });
    const frames = receiver.frames('h264');
    const [begin, end] = [frames[0], frames.at(-1)];
    if (begin === undefined || end === undefined) throw new Error('No frames');
    const seconds = ((end.timestamp - begin.timestamp) >>> 0) / 90_000;
    expect(Math.abs(seconds - (end.at - begin.at) / 1000)).toBeLessThan(0.1);

    const report = await until('a sender report', () => receiver.rtcp[0]);
    expect(report[1]).toBe(200);
    expect(report.readUInt32BE(4)).toBe(SSRC);
    expect(Math.abs(report.readUInt32BE(8) - 2_208_988_800 - Date.now() / 1000)).toBeLessThan(3);
    expect(report[29]).toBe(202);
    expect(report.toString('latin1')).toContain('nearcade-');
  });

  it('sends the answer to a press twice, and of the rest a share', async () => {
    await using screen = await Screen.open(WIDTH, HEIGHT);
    await using receiver = await RtpReceiver.open();
    await using helper = await Helper.open(screen.name);
    start(helper, receiver, 'h264');
    await frameCount(receiver, 'h264', 1);
    await screen.paintNoise(1500);
    expect(receiver.copies.length).toBeGreaterThan(5);
    expect(receiver.copies.length).toBeLessThan(receiver.packets.length / 5);
    await sleep(300);
    const from = receiver.packets.length;
    helper.send({ cmd: 'input' });
    await screen.fill(0x0000ff, 101, 51, 99, 77);
    const [answer] = await until('the answer', () => {
      const frames = receiver.frames('h264', from);
      return frames.length > 0 && frames;
    });
    const parts = receiver.packets.filter(packet => packet.timestamp === answer?.timestamp);
    await until('its copies', () =>
      parts.every(part =>
        receiver.copies.some(
          copy => copy.sequence === part.sequence && copy.payload.equals(part.payload) && copy.at >= part.at,
        ),
      ),
    );
    helper.send({ cmd: 'repeats', percent: 0 });
    await sleep(100);
    const copies = receiver.copies.length;
    await screen.paintNoise(300);
    expect(receiver.copies).toHaveLength(copies);
  });

  it('sends lost packets again', async () => {
    await using screen = await Screen.open(WIDTH, HEIGHT);
    await using receiver = await RtpReceiver.open();
    await using helper = await Helper.open(screen.name);
    start(helper, receiver, 'h264');
    helper.send({ cmd: 'repeats', percent: 0 });
    await frameCount(receiver, 'h264', 4);
    const before = receiver.copies.length;
    const lost = receiver.packets[1];
    if (lost === undefined) throw new Error('No packet');
    const nack = Buffer.alloc(4);
    nack.writeUInt16BE(lost.sequence, 0);
    receiver.sendFeedback(205, 1, SSRC, nack);
    const again = await until('the packet again', () =>
      receiver.copies.slice(before).find(packet => packet.sequence === lost.sequence),
    );
    expect(again.payload.equals(lost.payload)).toBe(true);
    expect(again.timestamp).toBe(lost.timestamp);
    await until('the figures', () =>
      helper.events.some(event => event.ev === 'stats' && event.retransmitted === 1),
    );
  });
});

it('passes its C unit tests', async () => {
  expect(await runUnitTests()).toContain('100% tests passed, 0 tests failed out of 8');
});
