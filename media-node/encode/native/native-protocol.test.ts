import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { HelperCommand } from '../protocol.ts';
import { Helper, Screen, until } from './test/rig.ts';
import { RtpReceiver } from './test/rtp-receiver.ts';

const WIDTH = 320;
const HEIGHT = 240;

type Video = Extract<HelperCommand, { cmd: 'start' }>['video'];

function video(port: number, options: Partial<Video> = {}): Video {
  return {
    ...{ codec: 'h264', width: WIDTH, height: HEIGHT, fps: 30, bitrateKbps: 1000 },
    ...{ host: '127.0.0.1', port, ssrc: 7, payloadType: 96, playoutDelayExtId: 0 },
    ...options,
  };
}

it('tells what is wrong with a command, and goes on as before', async () => {
  await using screen = await Screen.open(WIDTH, HEIGHT);
  await using receiver = await RtpReceiver.open();
  await using helper = await Helper.open(screen.name);
  expect(await helper.event('ready')).toMatchObject({ codecs: ['h264', 'vp8', 'vp9', 'av1'] });
  const start = (options: object) =>
    JSON.stringify({ cmd: 'start', video: { ...video(receiver.port), ...options }, audio: null });
  const bad: [string, string, RegExp][] = [
    ['{"cmd":', 'bad_json', /JSON object/],
    ['[]', 'bad_json', /JSON object/],
    ['x'.repeat(40_000), 'bad_json', /too long/],
    ['{"cmd":"dance"}', 'unknown_command', /dance/],
    ['{"command":"stop"}', 'bad_field', /cmd/],
    ['{"cmd":"keyframe"}', 'not_started', /start/],
    ['{"cmd":"bitrate","kbps":"many"}', 'bad_field', /kbps must be an integer from 50/],
    ['{"cmd":"fps","value":0}', 'bad_field', /value/],
    ['{"cmd":"start"}', 'bad_field', /video must be an object/],
    [JSON.stringify({ cmd: 'start', video: video(1) }), 'bad_field', /audio must be an object or null/],
    [start({ width: 321 }), 'bad_field', /video.width must be even/],
    [start({ width: WIDTH + 2 }), 'bad_size', /larger than the screen/],
    [start({ codec: 'h265' }), 'bad_field', /video.codec/],
    [start({ encoder: 'x'.repeat(16) }), 'bad_field', /video.encoder/],
    [start({ encoder: 'voodoo' }), 'bad_field', /video.codec/],
    [start({ polling: 1 }), 'bad_field', /video.polling/],
    [start({ host: 'localhost' }), 'bad_target', /numeric/],
    [start({ port: 70_000 }), 'bad_field', /video.port/],
    [start({ playoutDelayExtId: 15 }), 'bad_field', /playoutDelayExtId/],
  ];
  for (const [line, code, message] of bad) {
    const from = helper.events.length;
    helper.sendLine(line);
    const error = await helper.event('error', from);
    expect(error).toMatchObject({ code, fatal: false });
    expect(error.message).toMatch(message);
  }
  expect(receiver.packets).toHaveLength(0);
  helper.send({ cmd: 'ping' });
  await helper.event('pong');
  helper.sendLine(start({}));
  await helper.event('firstFrame');
  const from = helper.events.length;
  helper.sendLine(start({}));
  expect(await helper.event('error', from)).toMatchObject({ code: 'already_started' });
  helper.send({ cmd: 'stop' });
  expect(await helper.exit).toBe(0);
  expect(helper.events.at(-1)).toMatchObject({ ev: 'stopped' });
});

it('ends when its standard input does', async () => {
  await using screen = await Screen.open(WIDTH, HEIGHT);
  await using helper = await Helper.open(screen.name);
  await helper.event('ready');
  helper.endInput();
  expect(await helper.exit).toBe(0);
});

it('says that there is no X server, and when it is lost', async () => {
  await using nowhere = await Helper.open(':31999');
  expect(await nowhere.event('error')).toMatchObject({ code: 'no_display', fatal: true });
  expect(await nowhere.exit).toBe(3);

  await using screen = await Screen.open(WIDTH, HEIGHT);
  await using receiver = await RtpReceiver.open();
  await using helper = await Helper.open(screen.name);
  helper.send({ cmd: 'start', video: video(receiver.port), audio: null });
  await helper.event('firstFrame');
  await screen.server[Symbol.asyncDispose]();
  expect(await helper.event('error')).toMatchObject({ code: 'x_lost', fatal: true });
  expect(await helper.exit).toBe(4);
});

it('sends nothing while paused and begins again with a key frame', async () => {
  await using screen = await Screen.open(WIDTH, HEIGHT);
  await using receiver = await RtpReceiver.open();
  await using helper = await Helper.open(screen.name);
  helper.send({ cmd: 'start', video: video(receiver.port), audio: null });
  await until('a few frames', () => receiver.frames('h264').length > 2);
  helper.send({ cmd: 'pause' });
  await sleep(100);
  const paused = receiver.packets.length;
  await screen.fill(0x00ff00, 0, 0, 100, 100);
  await sleep(1500);
  expect(receiver.packets).toHaveLength(paused);
  helper.send({ cmd: 'resume' });
  const frames = await until('frames', () => {
    const found = receiver.frames('h264', paused);
    return found.length > 0 && found;
  });
  expect(frames[0]?.key).toBe(true);
});

it('streams again after stopStream, also another size and codec', async () => {
  await using screen = await Screen.open(WIDTH, HEIGHT);
  await using helper = await Helper.open(screen.name);
  for (const [codec, width] of [
    ['h264', WIDTH],
    ['vp8', 160],
    ['h264', 34],
  ] as const) {
    await using receiver = await RtpReceiver.open();
    const from = helper.events.length;
    helper.send({ cmd: 'start', video: video(receiver.port, { codec, width }), audio: null });
    await helper.event('firstFrame', from);
    await until('a key frame', () => receiver.frames(codec)[0]?.key);
    helper.send({ cmd: 'stopStream' });
    await helper.event('stopped', from);
  }
});
