import { describe, expect, it } from 'vitest';
import { chooseCodec } from './codec-choice.ts';
import type { VideoCodec } from './codecs.ts';

const offer = (...codecs: VideoCodec[]) => codecs.map(codec => ({ codec, hardware: false, keepsUp: true }));
const offered = offer('h264', 'vp8', 'vp9', 'av1');
const all = () => true;

describe('the codec', () => {
  it('is the configured one for a browser that says nothing, or the same of all', () => {
    expect(chooseCodec({ offered, takes: all, decoders: [] })).toBe('h264');
    expect(chooseCodec({ offered: offer('vp8', 'h264'), takes: all, decoders: [] })).toBe('vp8');
    expect(chooseCodec({ offered: offer('av1', 'h264'), takes: all, decoders: [] })).toBe('av1');
    const decoders = offered.map(({ codec }) => ({ codec, smooth: true, powerEfficient: false }));
    expect(chooseCodec({ offered, takes: all, decoders })).toBe('h264');
  });

  it('is the one that the browser decodes smoothly, and of those the one by hardware', () => {
    const h264 = { codec: 'h264', smooth: true, powerEfficient: false } as const;
    const vp8 = { codec: 'vp8', smooth: true, powerEfficient: true } as const;
    expect(chooseCodec({ offered, takes: all, decoders: [h264, vp8] })).toBe('vp8');
    expect(chooseCodec({ offered, takes: all, decoders: [h264, { ...vp8, smooth: false }] })).toBe('h264');
    expect(chooseCodec({ offered, takes: all, decoders: [{ ...h264, smooth: false }] })).toBe('vp8');
  });

  it('is VP9 or AV1 by the processor only for want of another', () => {
    const chip = { codec: 'av1', smooth: true, powerEfficient: true } as const;
    expect(chooseCodec({ offered, takes: all, decoders: [chip] })).toBe('h264');
    expect(chooseCodec({ offered, takes: codec => codec === 'av1', decoders: [] })).toBe('av1');
    const rough = (['h264', 'vp8'] as const).map(codec => ({ codec, smooth: false, powerEfficient: false }));
    expect(chooseCodec({ offered, takes: all, decoders: rough })).toBe('vp9');
  });

  it('is not one that the node is too slow for, as long as the browser takes another', () => {
    const slow = [{ codec: 'av1', hardware: false, keepsUp: false }, ...offer('h264')] as const;
    expect(chooseCodec({ offered: slow, takes: all, decoders: [] })).toBe('h264');
    expect(chooseCodec({ offered: slow, takes: codec => codec === 'av1', decoders: [] })).toBe('av1');
  });

  it('is what a graphics card of the node encodes, if the browser decodes it as well as another', () => {
    const card = [
      { codec: 'vp8', hardware: false, keepsUp: true },
      { codec: 'h264', hardware: true, keepsUp: true },
      { codec: 'av1', hardware: true, keepsUp: true },
    ] as const;
    expect(chooseCodec({ offered: card, takes: all, decoders: [] })).toBe('h264');
    const chip = { codec: 'av1', smooth: true, powerEfficient: true } as const;
    expect(chooseCodec({ offered: card, takes: all, decoders: [chip] })).toBe('av1');
  });

  it('is one that the browser has, or none', () => {
    expect(chooseCodec({ offered, takes: codec => codec === 'vp8', decoders: [] })).toBe('vp8');
    expect(chooseCodec({ offered, takes: () => false, decoders: [] })).toBeUndefined();
  });
});
