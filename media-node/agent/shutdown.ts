import type { AgentContext } from './context.ts';

/**
 * The session is over: its game and stream end, what the game has left is saved, then players and edge are told. Without anything to
 * save, and for a session that is another node's by now, they are told first. The slot is reset by its keeper.
 */
export async function shutdown(agent: AgentContext): Promise<void> {
  const reason = agent.endReason ?? 'host_failed';
  const isLost = reason === 'node_lost';
  if (agent.slot.hasSaves && !isLost) agent.session?.broadcast({ type: 'saving' });
  else agent.session?.end(reason);
  agent.slot.stopStream();
  const game = await agent.launching?.catch(() => undefined);
  await game?.close();
  await agent.slot.finishSaves(isLost);
  agent.session?.end(reason);
}
