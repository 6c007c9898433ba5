import { describe, expect, it } from 'vitest';
import type { Picture } from './quality.ts';
import { nextSpectatorFps, spectatorQuality } from './spectator-quality.ts';

const picture: Picture = { width: 1280, height: 720, fps: 60, minBitrateKbps: 500, maxBitrateKbps: 8000 };

describe('the spectators’ picture', () => {
  it('costs a fraction of the players’', () => {
    expect(spectatorQuality(picture)).toEqual({ fps: 30, scalePercent: 50, bitrate: 552_960 });
    const small = { ...picture, width: 640, height: 360, fps: 30, maxBitrateKbps: 1000 };
    expect(spectatorQuality(small)).toEqual({ fps: 30, scalePercent: 100, bitrate: 500_000 });
  });

  it('gives way when the processor is short, and comes back', () => {
    const stats = (p50: number, changedFrames = 30) => ({ changedFrames, damageToSentMs: { p50, p95: p50 } });
    let fps = 30;
    for (let i = 0; i < 5; i++) fps = nextSpectatorFps(fps, 30, stats(90));
    expect(fps).toBe(8);
    expect(nextSpectatorFps(fps, 30, stats(25))).toBe(8);
    for (let i = 0; i < 10; i++) fps = nextSpectatorFps(fps, 30, stats(5));
    expect(fps).toBe(30);
    expect(nextSpectatorFps(30, 30, stats(90, 2))).toBe(30);
    expect(nextSpectatorFps(30, 30, undefined)).toBe(30);
    expect(nextSpectatorFps(5, 5, stats(90))).toBe(5);
  });
});
