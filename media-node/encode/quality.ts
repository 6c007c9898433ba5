import type { GameManifest } from '#shared/manifest.ts';
import type { QualityBounds } from '#shared/quality.ts';

export type Picture = GameManifest['picture'];

/** Within which the encoder is steered. Bits and frames a second. */
export interface QualityLimits {
  minBitrate: number;
  maxBitrate: number;
  fps: number;
  scalePercent: number;
}

/** What the encoder is told. */
export interface Quality {
  /** Bits a second. */
  bitrate: number;
  fps: number;
  /** Percent of the picture's width and height. */
  scalePercent: number;
}

/** One step of the ladder, and the least bits a second with which it looks better than the one below it. */
export interface Rung {
  fps: number;
  scalePercent: number;
  needs: number;
}

export interface QualityState {
  rung: number;
  /** Seconds for which the next better rung could have been carried. */
  patience: number;
}

/** Bits for each pixel of a moving picture below which fewer, sharper frames look better (x264 ultrafast, games). */
const BITS_A_PIXEL = 0.03;

/** Below this games are no fun, however sharp each frame is; fewer pixels come first. */
const FPS_MIN = 20;

/** The sizes: halves of both sides are the least in which text of a game can be read. */
const SCALES = [75, 50] as const;

/** A better rung has to fit with this much to spare, for so long: each change of size costs a key frame. */
const SPARE = 1.25;
const PATIENCE_S = 4;

/** The game's own bounds, narrowed by all others. A bound below the game's least bitrate wins over it: it is somebody's money. */
export function limitsOf(picture: Picture, bounds: readonly QualityBounds[]): QualityLimits {
  const least = (pick: (bound: QualityBounds) => number | undefined, start: number) =>
    Math.min(start, ...bounds.map(bound => pick(bound) ?? start));
  const maxBitrate = least(bound => bound.maxBitrateKbps, picture.maxBitrateKbps) * 1000;
  return {
    minBitrate: Math.min(picture.minBitrateKbps * 1000, maxBitrate),
    maxBitrate,
    fps: least(bound => bound.maxFps, picture.fps),
    scalePercent: least(bound => bound.maxScalePercent, 100),
  };
}

/** Best first: all frames and pixels, then fewer frames, then fewer pixels. */
export function ladder(picture: Picture, limits: QualityLimits): Rung[] {
  const rung = (fps: number, scalePercent: number): Rung => ({
    fps,
    scalePercent,
    needs: picture.width * picture.height * (scalePercent / 100) ** 2 * fps * BITS_A_PIXEL,
  });
  const half = Math.max(Math.min(FPS_MIN, limits.fps), Math.round(limits.fps / 2));
  const slow = Math.min(FPS_MIN, half);
  const steps = [
    rung(limits.fps, limits.scalePercent),
    rung(half, limits.scalePercent),
    ...SCALES.filter(scale => scale < limits.scalePercent).map(scale => rung(half, scale)),
    rung(slow, Math.min(limits.scalePercent, SCALES[1])),
  ];
  return steps.filter(
    (step, i) =>
      i === 0 || step.fps !== steps[i - 1]?.fps || step.scalePercent !== steps[i - 1]?.scalePercent,
  );
}

export const initialQuality: QualityState = { rung: 0, patience: 0 };

/**
 * The rung for a bitrate: down at once to the first that it carries, up by one when the better one would have fitted with
 * room to spare for a while.
 */
export function nextQuality(
  state: QualityState,
  rungs: readonly Rung[],
  bitrate: number,
  elapsedS: number,
): QualityState {
  const last = rungs.length - 1;
  const rung = Math.min(state.rung, last);
  const fitting = rungs.findIndex(({ needs }) => needs <= bitrate);
  const carried = fitting === -1 ? last : fitting;
  if (carried > rung) return { rung: carried, patience: 0 };
  const better = rungs[rung - 1];
  if (better === undefined || bitrate < better.needs * SPARE) return { rung, patience: 0 };
  const patience = state.patience + elapsedS;
  return patience < PATIENCE_S ? { rung, patience } : { rung: rung - 1, patience: 0 };
}
