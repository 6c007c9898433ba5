import type { AgentContext } from './context.ts';

/** The session is over: the players are told first, then its game and stream end. The slot is reset by its keeper. */
export async function shutdown(agent: AgentContext): Promise<void> {
  const reason = agent.endReason ?? 'host_failed';
  agent.session?.end(reason);
  agent.slot.stopStream();
  const game = await agent.launching?.catch(() => undefined);
  await game?.close();
}
