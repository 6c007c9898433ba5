import { AGENT_TABLE, type AgentState } from '#shared/lifecycles.ts';
import { nextState } from '#shared/state-machine.ts';
import type { AgentContext, State } from './context.ts';
import { playingGame } from './playing-game.ts';
import { shutdown } from './shutdown.ts';
import { startingGame } from './starting-game.ts';
import { waitingForReconnect } from './waiting-for-reconnect.ts';
import { waitingForSession } from './waiting-for-session.ts';

const STATES: Record<Exclude<AgentState, 'Shutdown'>, State> = {
  WaitingForSession: waitingForSession,
  StartingGame: startingGame,
  PlayingGame: playingGame,
  WaitingForReconnect: waitingForReconnect,
};

/** Lives one agent's life, from a free slot to the end of its session. It holds nothing and logs every transition. */
export async function runAgent(
  agent: AgentContext,
  onState: (state: AgentState) => void = () => undefined,
): Promise<void> {
  let state: AgentState = 'WaitingForSession';
  while (state !== 'Shutdown') {
    onState(state);
    const event = await STATES[state](agent);
    const to: AgentState = nextState(AGENT_TABLE, state, event);
    agent.log.info(
      { from: state, event, to, sessionId: agent.session?.id, reason: agent.endReason },
      'agent moved',
    );
    state = to;
  }
  onState(state);
  await shutdown(agent);
}
