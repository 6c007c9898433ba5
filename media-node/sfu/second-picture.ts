import type { types } from 'mediasoup';

/**
 * Spectators who get the players' own picture before all that follow get the second, cheaper one. None: a spectator on a bad
 * link asks for key frames, and each of those costs the players sharpness or, on a thin link, time.
 */
export const SPECTATORS_ON_PLAYERS_PICTURE = 0;

/** Milliseconds between two key frames that joining or losing spectators can ask for. */
export const SPECTATORS_KEY_FRAME_MS = 500;

/** A picture of the session that costs less, on a producer of its own; made while somebody watches it. */
export interface SecondPicture {
  /** Undefined when there is none to be had: spectators then watch the players'. */
  producer(): Promise<types.Producer | undefined>;
  /** Nobody watches any more. */
  idle(): void;
}

/** Where a second helper sends its RTP, and the producer that comes of it. */
export interface SecondIngest {
  port: number;
  producer: types.Producer;
  close(): void;
}
