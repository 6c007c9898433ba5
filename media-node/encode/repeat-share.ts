import type { LinkStats } from '../sfu/link-meter.ts';
import type { RateState } from './rate-control.ts';

/** Percent of the bitrate that goes into packets sent twice: enough for the answers to presses and the ends of frames. */
const USUAL = 10;

/** On a link that loses packets and has room to spare, nearly every frame is sent twice. */
const MOST = 50;

/** Loss that is felt: one frame of twenty, of ten packets each. */
const FELT_LOSS = 0.003;

/** Part of a link's estimate that may be filled with copies. */
const ROOM_SHARE = 0.8;

/** Seconds after a link was full: what was lost then was lost for want of room, and copies take more of it. */
const CONGESTED_S = 3;

/** From this part of what a link was found to carry, copies would only take the picture's place, or wait in its queue. */
const CROWDED_SHARE = 0.6;

/** So coarse are the steps: the helper need not hear of each change. */
const STEP = 10;

/** The part for the links as they are, in percent. */
export function repeatsFor(
  rate: Pick<RateState, 'target' | 'calmS' | 'ceiling'>,
  links: readonly LinkStats[],
): number {
  if (rate.calmS < CONGESTED_S) return 0;
  if (!links.some(({ loss, missing }) => Math.max(loss, missing) >= FELT_LOSS)) {
    return rate.target >= CROWDED_SHARE * rate.ceiling ? 0 : USUAL;
  }
  const room = Math.min(...links.map(({ estimate }) => ROOM_SHARE * (estimate ?? 0)));
  const spare = (room / rate.target - 1) * 100;
  return Math.max(USUAL, Math.min(MOST, Math.floor(spare / STEP) * STEP));
}
