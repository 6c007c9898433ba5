import type { AgentEvent, EndReason } from '#shared/lifecycles.ts';
import type { Clock } from '../clock.ts';
import type { GameProcess } from '../host/types.ts';
import type { Logger } from '../log.ts';
import type { Mailbox } from './mailbox.ts';
import type { TimerName } from './messages.ts';
import type { Session } from './session.ts';

/** What the states do with their slot's machinery. */
export interface SlotControl {
  /** Sets the screen and the seats, starts the stream and the game. Rejects with `game_failed`, `host_failed` or `media_failed`. */
  start(session: Session): Promise<GameProcess>;
  requestKeyFrame(): void;
  /** No one watches: nothing needs to be captured. */
  pauseStream(): void;
  resumeStream(): void;
  stopStream(): void;
  /** Something may be lost soon: what has changed is saved, in the background. */
  snapshot(): void;
  /** Whether `finishSaves` has something to do that players should know of. */
  readonly hasSaves: boolean;
  /** The game is gone: its last save is made and put up. `isLost`: the session is another node's by now. Idempotent. */
  finishSaves(isLost: boolean): Promise<void>;
}

/** What the states of one agent share: the states hold nothing themselves. */
export interface AgentContext {
  readonly mailbox: Mailbox;
  readonly slot: SlotControl;
  readonly clock: Clock;
  /** Whether the edge could not be reached at some time in the last so many milliseconds: nobody was given a ticket then. */
  readonly edgeWasAway: (withinMs: number) => boolean;
  readonly log: Logger;
  /** Set from `session_assigned` on. */
  session: Session | undefined;
  game: GameProcess | undefined;
  /** The start that is or was under way: a session may end before its game is up. */
  launching: Promise<GameProcess> | undefined;
  /** Why the session ends; set by the event that ends it. */
  endReason: EndReason | undefined;
  /** Set once the node drains. */
  drainDeadline: number | undefined;
}

/** One state: takes messages until one of them is an event that leads elsewhere. */
export type State = (agent: AgentContext) => Promise<AgentEvent>;

/** Posts `timer` to the mailbox after `ms`; the returned function calls it off. */
export function startTimer(agent: AgentContext, name: TimerName, ms: number): () => void {
  return agent.clock.after(ms, () => agent.mailbox.post({ type: 'timer', name }));
}

/** The session of an agent that has one: every state but the first and last. */
export function sessionOf(agent: AgentContext): Session {
  if (agent.session === undefined) throw new Error('the agent has no session in this state');
  return agent.session;
}

/** Notes why the session ends and gives the event that says so. */
export function endWith(agent: AgentContext, reason: EndReason, event: AgentEvent): AgentEvent {
  agent.endReason = reason;
  return event;
}
