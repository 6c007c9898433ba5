import { describe, expect, it } from 'vitest';
import { initialQuality, ladder, limitsOf, nextQuality, type Picture, type QualityState } from './quality.ts';

const PICTURE: Picture = { width: 1280, height: 720, fps: 60, minBitrateKbps: 500, maxBitrateKbps: 8000 };
const STEP_S = 0.25;

function climb(
  rungs: ReturnType<typeof ladder>,
  bitrates: (t: number) => number,
  seconds: number,
  from = initialQuality,
) {
  const seen: QualityState[] = [from];
  let state = from;
  for (let t = 0; t < seconds; t += STEP_S) {
    state = nextQuality(state, rungs, bitrates(t), STEP_S);
    seen.push(state);
  }
  return { state, changes: seen.filter((one, i) => i > 0 && one.rung !== seen[i - 1]?.rung).length };
}

describe('the bounds of quality', () => {
  it("are the game's, the ticket's and the choice of each player, whichever is narrowest", () => {
    expect(limitsOf(PICTURE, [])).toEqual({
      minBitrate: 500_000,
      maxBitrate: 8_000_000,
      fps: 60,
      scalePercent: 100,
    });
    const bounds = [
      { maxBitrateKbps: 6000 },
      { maxFps: 30, maxBitrateKbps: 20_000 },
      { maxScalePercent: 50 },
    ];
    expect(limitsOf(PICTURE, bounds)).toMatchObject({ maxBitrate: 6_000_000, fps: 30, scalePercent: 50 });
    expect(limitsOf(PICTURE, [{ maxBitrateKbps: 300 }])).toMatchObject({
      minBitrate: 300_000,
      maxBitrate: 300_000,
    });
  });
});

describe('the ladder', () => {
  const rungs = ladder(PICTURE, limitsOf(PICTURE, []));

  it('gives up frames before pixels, and needs less with each rung', () => {
    expect(rungs.map(({ fps, scalePercent }) => [fps, scalePercent])).toEqual([
      [60, 100],
      [30, 100],
      [30, 75],
      [30, 50],
      [20, 50],
    ]);
    expect(rungs.map(({ needs }) => needs)).toEqual(
      rungs.map(({ needs }) => needs).toSorted((a, b) => b - a),
    );
  });

  it('has no rung twice, and none beyond the bounds, whatever the game', () => {
    for (const fps of [1, 10, 20, 24, 30, 35, 60, 120]) {
      for (const maxScalePercent of [100, 75, 60, 50, 30]) {
        const limits = limitsOf({ ...PICTURE, fps }, [{ maxScalePercent }]);
        const steps = ladder({ ...PICTURE, fps }, limits).map(step => `${step.fps} ${step.scalePercent}`);
        expect(new Set(steps).size).toBe(steps.length);
        for (const step of ladder({ ...PICTURE, fps }, limits)) {
          expect(step.fps).toBeLessThanOrEqual(fps);
          expect(step.scalePercent).toBeLessThanOrEqual(maxScalePercent);
        }
      }
    }
  });

  it('is gone down at once, as far as it takes, and never below its end', () => {
    expect(nextQuality(initialQuality, rungs, 3_000_000, STEP_S).rung).toBe(0);
    expect(nextQuality(initialQuality, rungs, 1_000_000, STEP_S).rung).toBe(1);
    expect(nextQuality(initialQuality, rungs, 500_000, STEP_S).rung).toBe(2);
    expect(nextQuality(initialQuality, rungs, 50_000, STEP_S).rung).toBe(4);
  });

  it('is climbed one rung at a time, when there has been room for a while', () => {
    const low = nextQuality(initialQuality, rungs, 50_000, STEP_S);
    expect(climb(rungs, () => 8_000_000, 3, low).state.rung).toBe(4);
    expect(climb(rungs, () => 8_000_000, 5, low).state.rung).toBe(3);
    expect(climb(rungs, () => 8_000_000, 30, low).state.rung).toBe(0);
  });

  it('does not swing with a bitrate that does', () => {
    const around = rungs[0]?.needs ?? 0;
    const { changes } = climb(rungs, t => around * (1 + 0.15 * Math.sin(t * 3)), 120);
    expect(changes).toBeLessThanOrEqual(1);
  });
});
