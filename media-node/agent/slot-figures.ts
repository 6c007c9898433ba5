import type { Phase } from '#shared/signal.ts';
import type { HelperStats } from '../encode/protocol.ts';

/** What a slot does now, and how well. */
export interface SlotFigures {
  state: 'free' | Phase | 'clearing';
  viewers: number;
  players: number;
  /** Of the last second that was streamed. */
  stream: HelperStats | undefined;
  /** 0 to 1, of the player who loses most; undefined without players. */
  loss: number | undefined;
  /** Parts of the stream that were replaced, and input messages that were refused, since the node was started. */
  restarts: number;
  inputRefused: number;
}
