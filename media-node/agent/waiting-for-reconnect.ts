import { endOfGame, handleCommon } from './common-messages.ts';
import { endWith, type State, sessionOf, startTimer } from './context.ts';

/** The game runs on for the manifest's window while no player is there. Spectators go on seeing it. */
export const waitingForReconnect: State = async agent => {
  const session = sessionOf(agent);
  session.emit({ type: 'session_reconnecting' });
  session.setPhase('waiting');
  if (session.viewers === 0) agent.slot.pauseStream();
  const cancelWindow = startTimer(agent, 'reconnect_window', session.reconnectWindowSeconds * 1000);
  try {
    for (;;) {
      // A node that goes away waits for those who play, not for those who might come back.
      if (agent.drainDeadline !== undefined) return endWith(agent, 'node_draining', 'stop');
      if (session.players > 0) return 'player_returned';
      const message = await agent.mailbox.next();
      switch (message.type) {
        case 'timer':
          if (message.name === 'reconnect_window') {
            return endWith(agent, 'reconnect_window_expired', 'window_expired');
          }
          break;
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
