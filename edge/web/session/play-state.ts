import type { Queued } from '#shared/api/play.ts';
import type { ErrorCode } from '#shared/errors.ts';
import type { EndReason } from '#shared/lifecycles.ts';
import type { ServerMessage } from '#shared/signal.ts';

/** What the player is shown. */
export type PlayState =
  | 'queued'
  | 'connecting'
  | 'starting'
  | 'playing'
  | 'waiting'
  | 'reconnecting'
  | 'ended';
/** `byMe`: this player asked for it. */
export type Ending =
  | { kind: 'over'; reason: EndReason | null; byMe: boolean }
  | { kind: 'stopped'; code: ErrorCode };
export type SeatList = Omit<Extract<ServerMessage, { type: 'seats' }>, 'type'>;

/** What happens to the session that the node cannot say. */
export type SessionNews =
  | { kind: 'moved'; place: Pick<Queued, 'position' | 'waitSeconds' | 'paused'> }
  /** A slot is there. */
  | { kind: 'ready' }
  | { kind: 'over'; reason: EndReason | null }
  /** Another device of the player's has asked for the place. */
  | { kind: 'elsewhere' };
