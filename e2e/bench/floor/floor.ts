import { percentile } from '../stats.ts';
import type { ServerParts } from './server-parts.ts';

/** What a press can't be faster than on this machine: each part as it was measured in that very run, in ms. */
export interface Floor {
  /** From the browser's hearing of the key to the game's, p50. */
  inputMs: number;
  /** What changed, off the screen and converted; a mean. */
  grabMs: number;
  encodeMs: number;
  decodeMs: number;
  /** A picture is decoded at any moment and shown at the next refresh. */
  halfRefreshMs: number;
  totalMs: number;
}

/** A press that has not reached the game by then was another one. */
const LOST_MS = 1000;

export interface FloorSources {
  /** When the page heard of each press, ms of CLOCK_MONOTONIC. */
  pressedAt: readonly number[];
  server: ServerParts;
  decodeMs: number | null;
  refreshMs: number;
}

/** Null where a part was not measured. */
export function floorOf({ pressedAt, server, decodeMs, refreshMs }: FloorSources): Floor | null {
  const ways = pressedAt.flatMap(at => {
    const reached = server.pressedAt.find(one => one >= at && one < at + LOST_MS);
    return reached === undefined ? [] : [reached - at];
  });
  const parts = {
    inputMs: percentile(ways, 0.5),
    grabMs: server.grabMs,
    encodeMs: server.encodeMs,
    decodeMs: decodeMs ?? Number.NaN,
    halfRefreshMs: refreshMs / 2,
  };
  const totalMs = Object.values(parts).reduce((sum, ms) => sum + ms, 0);
  return Number.isFinite(totalMs) ? { ...parts, totalMs } : null;
}
