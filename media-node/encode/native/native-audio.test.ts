import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { decodeOpus, Helper, Screen, Sound, until } from './test/rig.ts';
import { RtpReceiver } from './test/rtp-receiver.ts';

const SSRC = 99;
const HERTZ = 1000;

function start(helper: Helper, picture: RtpReceiver, sound: RtpReceiver): void {
  const host = '127.0.0.1';
  helper.send({
    cmd: 'start',
    video: {
      ...{ codec: 'vp8', width: 160, height: 120, fps: 30, bitrateKbps: 300, playoutDelayExtId: 0 },
      ...{ host, port: picture.port, ssrc: 1, payloadType: 96 },
    },
    audio: { source: 'game.monitor', bitrateKbps: 96, host, port: sound.port, ssrc: SSRC, payloadType: 100 },
  });
}

it('carries a tone that is played', async () => {
  await using screen = await Screen.open(160, 120);
  await using sound = await Sound.prepare();
  sound.start();
  await using picture = await RtpReceiver.open();
  await using receiver = await RtpReceiver.open();
  await using helper = await Helper.open(screen.name, sound);
  start(helper, picture, receiver);
  await until('sound', () => receiver.packets.length > 50);
  expect(receiver.packets.every(packet => packet.payload.length < 10)).toBe(true);

  const silent = receiver.packets.length;
  await using _player = sound.playTone(HERTZ);
  await until('a loud second', () =>
    helper.events.some(event => event.ev === 'stats' && (event.audio?.peak ?? 0) > 0.4),
  );
  const before = receiver.packets.length;
  await until('a second of sound', () => receiver.packets.length >= before + 100);

  const { packets } = receiver;
  const first = packets[0];
  if (first === undefined) throw new Error('No packet');
  packets.forEach((packet, i) => {
    expect(packet).toMatchObject({ ssrc: SSRC, payloadType: 100, marker: i === 0 });
    expect(packet.sequence).toBe((first.sequence + i) & 0xffff);
    expect(packet.timestamp).toBe((first.timestamp + 480 * i) >>> 0);
  });
  const decoded = await decodeOpus(packets.map(packet => packet.payload));
  expect(decoded.every(packet => packet.samples === 480)).toBe(true);
  expect(Math.max(...decoded.slice(0, silent - 5).map(packet => packet.peak))).toBeLessThan(100);
  const tone = decoded.slice(before, before + 100);
  // On a machine with much else to do the player misses a few.
  const loud = tone.filter(packet => packet.peak > 10_000);
  expect(loud.length).toBeGreaterThan(80);
  const hertz = (loud.reduce((sum, packet) => sum + packet.rises, 0) / loud.length) * 100;
  expect(Math.abs(hertz - HERTZ)).toBeLessThan(30);
  await until('a sender report', () => receiver.rtcp.some(packet => packet.readUInt32BE(4) === SSRC));
});

it('waits for a sound server that is not there yet, and for one that went away', async () => {
  await using screen = await Screen.open(160, 120);
  await using sound = await Sound.prepare();
  await using picture = await RtpReceiver.open();
  await using receiver = await RtpReceiver.open();
  await using helper = await Helper.open(screen.name, sound);
  start(helper, picture, receiver);
  expect(await helper.event('error')).toMatchObject({ code: 'audio_unavailable', fatal: false });
  await until('the picture', () => picture.frames('vp8').length > 3);
  sound.start();
  await until('sound', () => receiver.packets.length > 20);

  const from = helper.events.length;
  await sound.stop();
  expect(await helper.event('error', from)).toMatchObject({ code: 'audio_unavailable', fatal: false });
  const before = receiver.packets.length;
  sound.start();
  await until('sound again', () => receiver.packets.length > before + 20);
  expect(receiver.packets[before]?.marker).toBe(true);
  expect(helper.events.filter(event => event.ev === 'error')).toHaveLength(2);
});

it('is silent while paused, and may share the socket of the picture', async () => {
  await using screen = await Screen.open(160, 120);
  await using sound = await Sound.prepare();
  sound.start();
  await using both = await RtpReceiver.open();
  await using helper = await Helper.open(screen.name, sound);
  start(helper, both, both);
  const heard = () => both.packets.filter(packet => packet.ssrc === SSRC).length;
  await until('sound', () => heard() > 20);
  expect(both.packets.some(packet => packet.ssrc === 1)).toBe(true);
  helper.send({ cmd: 'pause' });
  await sleep(200);
  const paused = heard();
  await sleep(500);
  expect(heard()).toBe(paused);
  helper.send({ cmd: 'resume' });
  await until('sound again', () => heard() > paused + 20);
});
