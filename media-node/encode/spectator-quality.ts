import type { HelperStats } from './protocol.ts';
import type { Picture, Quality } from './quality.ts';

/** Who only watches does not feel how late a frame is, and sees little above this. */
const FPS = 30;
const FPS_MIN = 8;

/** Lines up to which a picture is watched in full size: text in it would not survive being halved. */
const FULL_SIZE_LINES = 480;
const SCALE_PERCENT = 50;

/** Bits a pixel: soft in hard scenes, and little enough for most links. */
const BITS_A_PIXEL = 0.08;

/** From the change to its last packet, median: more than this for an encoder of a small picture means that it waits its turn. */
const SLOW_MS = 40;
const FAST_MS = 15;

/** What the spectators' own picture is. */
export function spectatorQuality(picture: Picture): Quality {
  const fps = Math.min(FPS, picture.fps);
  const scalePercent = picture.height > FULL_SIZE_LINES ? SCALE_PERCENT : 100;
  const pixels = picture.width * picture.height * (scalePercent / 100) ** 2;
  const bitrate = Math.min(pixels * fps * BITS_A_PIXEL, (picture.maxBitrateKbps * 1000) / 2);
  return { fps, scalePercent, bitrate: Math.round(bitrate) };
}

/** Fewer frames while the processor is short, since the players' come first; more again when it is not. */
export function nextSpectatorFps(
  fps: number,
  most: number,
  stats: Pick<HelperStats, 'changedFrames' | 'damageToSentMs'> | undefined,
): number {
  if (stats === undefined || stats.changedFrames < fps / 2) return fps;
  if (stats.damageToSentMs.p50 > SLOW_MS) return Math.max(Math.min(FPS_MIN, most), Math.round(fps / 2));
  if (stats.damageToSentMs.p50 < FAST_MS) return Math.min(most, fps + Math.ceil(fps / 4));
  return fps;
}
