import { NearcadeError } from '#shared/errors.ts';
import type { AgentEvent, EndReason } from '#shared/lifecycles.ts';
import type { GameExit } from '../host/types.ts';
import { type AgentContext, endWith, sessionOf } from './context.ts';
import type { AgentMessage } from './messages.ts';

/** The seat of who opens a session. */
export const HOST_SEAT = 1;

/** What means the same in every state that has a session. Gives the event that ends it, or nothing when it goes on. */
export function handleCommon(agent: AgentContext, message: AgentMessage): AgentEvent | undefined {
  switch (message.type) {
    case 'key_frame_asked':
      agent.slot.requestKeyFrame();
      return undefined;
    case 'input_refused':
      agent.log.warn({ ...message }, 'input refused');
      return undefined;
    case 'drain':
      agent.drainDeadline = message.deadline;
      if (message.deadline !== undefined) agent.slot.snapshot();
      sessionOf(agent).broadcast({ type: 'draining', deadline: message.deadline ?? null });
      return undefined;
    case 'part_failed':
      agent.log.error({ ...message }, 'the session lost a part of its machinery');
      return endWith(agent, 'host_failed', 'stop');
    case 'stop':
      return endWith(agent, message.reason, 'stop');
    default:
      return undefined;
  }
}

/** A game that ends itself with code 0 was left by its players; one that was not stopped by us otherwise has crashed. */
export function endOfGame(agent: AgentContext, exit: GameExit): AgentEvent {
  agent.log.info({ exit, output: agent.game?.lastOutput }, 'the game exited');
  return endWith(agent, reasonOf(exit), 'game_exited');
}

function reasonOf(exit: GameExit): EndReason {
  if (exit.overLimit !== undefined) return 'game_over_limits';
  return exit.code === 0 ? 'game_exited' : 'game_crashed';
}

/** Whose fault it is that a game did not start. */
export function endOfStart(error: unknown): EndReason {
  const code = error instanceof NearcadeError ? error.code : 'internal';
  if (code === 'restore_failed') return 'restore_failed';
  return code === 'game_failed' ? 'game_failed_to_start' : 'host_failed';
}
