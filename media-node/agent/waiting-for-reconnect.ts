import { endOfGame, handleCommon } from './common-messages.ts';
import { endWith, type State, sessionOf, startTimer } from './context.ts';

/** Milliseconds that a session waits at most, however long the edge is away: its ten minutes, and time to come back after them. */
const LONGEST_WAIT_MS = 15 * 60_000;

/** The game runs on for the manifest's window while no player is there. Spectators go on seeing it. */
export const waitingForReconnect: State = async agent => {
  const session = sessionOf(agent);
  session.emit({ type: 'session_reconnecting' });
  session.setPhase('waiting');
  if (session.viewers === 0) agent.slot.pauseStream();
  const windowMs = session.reconnectWindowSeconds * 1000;
  const since = agent.clock.now();
  let cancelWindow = startTimer(agent, 'reconnect_window', windowMs);
  try {
    for (;;) {
      // A node that goes away waits for those who play, not for those who might come back.
      if (agent.drainDeadline !== undefined) return endWith(agent, 'node_draining', 'stop');
      if (session.players > 0) return 'player_returned';
      const message = await agent.mailbox.next();
      switch (message.type) {
        case 'timer':
          if (message.name !== 'reconnect_window') break;
          // Without a ticket nobody could come back: the window counts while there are some.
          if (agent.edgeWasAway(windowMs) && agent.clock.now() - since < LONGEST_WAIT_MS) {
            cancelWindow = startTimer(agent, 'reconnect_window', windowMs);
            break;
          }
          return endWith(agent, 'reconnect_window_expired', 'window_expired');
        case 'quit':
          if (message.host) return endWith(agent, 'player_quit', 'stop');
          break;
        case 'game_exited':
          return endOfGame(agent, message.exit);
        default: {
          const event = handleCommon(agent, message);
          if (event !== undefined) return event;
        }
      }
    }
  } finally {
    cancelWindow();
  }
};
