import { spawn } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { createLog } from '../log.ts';
import { ensureNative, NATIVE_BUILD_DIR } from './build-native.ts';
import { type Encoder, Encoders, hardwareHelper } from './encoders.ts';

const log = createLog('error', {});
const PICTURE = { width: 1280, height: 720, fps: 60 };

const x264: Encoder = { codec: 'h264', encoder: 'x264', hardware: false, msPerFrame: 1 };
const vp8: Encoder = { codec: 'vp8', encoder: 'libvpx', hardware: false, msPerFrame: 1.5 };
const vp9: Encoder = { codec: 'vp9', encoder: 'libvpx', hardware: false, msPerFrame: 2 };
const av1: Encoder = { codec: 'av1', encoder: 'libaom', hardware: false, msPerFrame: 6 };
const nvenc: Encoder = { codec: 'h264', encoder: 'nvenc', hardware: true, msPerFrame: 3 };

const offered = (encoders: Encoders, ...wanted: Parameters<Encoders['offer']>[1]) =>
  encoders.offer(PICTURE, wanted).map(({ codec }) => codec);
const inTime = (encoders: Encoders, picture: Parameters<Encoders['offer']>[0]) =>
  encoders.offer(picture, []).flatMap(({ codec, keepsUp }) => (keepsUp ? [codec] : []));

const saying = (...lines: string[]) =>
  spawn('printf', ['%s\\n', ...lines], { stdio: ['ignore', 'pipe', 'ignore'] });

describe('what encodes on a machine', () => {
  it('is found by encoding with each: all four codecs by the processor, and a graphics card where there is one', async () => {
    const helper = hardwareHelper(
      await ensureNative({ buildDir: `${NATIVE_BUILD_DIR}-test`, testTools: true }),
    );
    const probe = () => spawn(helper, ['--probe'], { stdio: ['ignore', 'pipe', 'ignore'] });
    const { list } = await Encoders.probe(probe, log);
    const byProcessor = list.filter(({ hardware }) => !hardware);
    expect(byProcessor.map(({ codec, encoder }) => `${codec} ${encoder}`)).toEqual([
      'h264 x264',
      'vp8 libvpx',
      'vp9 libvpx',
      'av1 libaom',
    ]);
    for (const { msPerFrame } of list) expect(msPerFrame).toBeGreaterThan(0);
    for (const { encoder } of list.slice(byProcessor.length)) expect(['nvenc', 'vaapi']).toContain(encoder);
  });

  it('is what a probe that crashed has said until then, and H.264 and VP8 when it said nothing', async () => {
    const crash = () => spawn('sh', ['-c', `echo '${JSON.stringify(vp9)}'; echo no; kill -SEGV $$`]);
    expect((await Encoders.probe(crash, log)).list).toEqual([vp9]);
    for (const nothing of [() => saying(), () => spawn('/nowhere/helper')]) {
      expect(offered(await Encoders.probe(nothing, log))).toEqual(['h264', 'vp8']);
    }
  });

  it('is offered as wanted, and told what cannot keep up with the picture', () => {
    const encoders = new Encoders([x264, vp8, vp9, av1]);
    expect(offered(encoders)).toEqual(['h264', 'vp8', 'vp9', 'av1']);
    expect(offered(encoders, undefined, 'vp9')).toEqual(['vp9', 'h264', 'vp8', 'av1']);
    expect(offered(encoders, 'av1', 'vp8')).toEqual(['av1', 'vp8', 'h264', 'vp9']);
    expect(inTime(encoders, PICTURE)).toEqual(['h264', 'vp8', 'vp9']);
    expect(inTime(encoders, { width: 640, height: 360, fps: 30 })).toEqual(['h264', 'vp8', 'vp9', 'av1']);
    const slow = new Encoders([x264, vp8, vp9, av1].map(one => ({ ...one, msPerFrame: 50 })));
    expect(inTime(slow, PICTURE)).toEqual(['h264', 'vp8']);
  });

  it('uses a graphics card before the processor, and the helper that knows it there alone', () => {
    const card = new Encoders([x264, vp8, nvenc]);
    expect(card.of('h264')).toBe(nvenc);
    expect(card.of('vp8')).toBe(vp8);
    expect(card.offer(PICTURE, [])[0]).toEqual({ codec: 'h264', hardware: true, keepsUp: true });
    expect(card.helper('/h')).toBe('/h-hardware');
    expect(new Encoders([x264, vp8]).helper('/h')).toBe('/h');
  });
});
