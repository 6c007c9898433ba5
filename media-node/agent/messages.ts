import type { EndReason } from '#shared/lifecycles.ts';
import type { GameExit } from '../host/types.ts';
import type { Session } from './session.ts';

/** What can happen to a session agent. Each has one sender; the agent's states decide what it means to them. */
export type AgentMessage =
  /** A player came with a valid ticket for a session that this slot is to hold. */
  | { type: 'session_assigned'; session: Session }
  | { type: 'player_connected'; seat: number }
  | { type: 'player_disconnected'; seat: number }
  | { type: 'key_frame_asked' }
  /** The game has a window on the screen. */
  | { type: 'game_started' }
  | { type: 'game_failed'; error: unknown }
  | { type: 'game_exited'; exit: GameExit }
  /** Display, sound, media helper or SFU are gone and did not come back. */
  | { type: 'part_failed'; part: string; detail: string }
  /** Input of a seat that was dropped in the last second: malformed, too much, or not allowed. */
  | { type: 'input_refused'; seat: number | null; refused: number; why: string }
  /** `host`: of the player who decides about the session. */
  | { type: 'quit'; host: boolean }
  /** The node goes away at `deadline` (milliseconds since 1970); undefined: it stays after all. */
  | { type: 'drain'; deadline: number | undefined }
  /** The session has to end now. */
  | { type: 'stop'; reason: EndReason }
  | { type: 'timer'; name: TimerName };

export type TimerName = 'start_deadline' | 'reconnect_window';
