import { describe, expect, it } from 'vitest';
import { chooseCodec } from './codec-choice.ts';

const offered = ['h264', 'vp8'] as const;
const all = () => true;

describe('the codec', () => {
  it('is the configured one for a browser that says nothing, or the same of both', () => {
    expect(chooseCodec({ offered, takes: all, decoders: [] })).toBe('h264');
    expect(chooseCodec({ offered: ['vp8', 'h264'], takes: all, decoders: [] })).toBe('vp8');
    const decoders = offered.map(codec => ({ codec, smooth: true, powerEfficient: false }));
    expect(chooseCodec({ offered, takes: all, decoders })).toBe('h264');
  });

  it('is the one that the browser decodes smoothly, and of those the one by hardware', () => {
    const h264 = { codec: 'h264', smooth: true, powerEfficient: false } as const;
    const vp8 = { codec: 'vp8', smooth: true, powerEfficient: true } as const;
    expect(chooseCodec({ offered, takes: all, decoders: [h264, vp8] })).toBe('vp8');
    expect(chooseCodec({ offered, takes: all, decoders: [h264, { ...vp8, smooth: false }] })).toBe('h264');
    expect(chooseCodec({ offered, takes: all, decoders: [{ ...h264, smooth: false }] })).toBe('vp8');
  });

  it('is one that the browser has, or none', () => {
    expect(chooseCodec({ offered, takes: codec => codec === 'vp8', decoders: [] })).toBe('vp8');
    expect(chooseCodec({ offered, takes: () => false, decoders: [] })).toBeUndefined();
  });
});
