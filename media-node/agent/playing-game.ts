import { endOfGame, handleCommon } from './common-messages.ts';
import { endWith, type State, sessionOf } from './context.ts';

/** The game runs and at least one player is there. */
export const playingGame: State = async agent => {
  const session = sessionOf(agent);
  session.emit({ type: 'session_playing' });
  session.setPhase('playing');
  agent.slot.resumeStream();
  if (session.players === 0) return 'players_gone';
  for (;;) {
    const message = await agent.mailbox.next();
    switch (message.type) {
      case 'player_disconnected':
        agent.slot.snapshot();
        if (session.players === 0) return 'players_gone';
        break;
      case 'quit':
        if (message.host) return endWith(agent, 'player_quit', 'player_quit');
        break;
      case 'game_exited':
        return endOfGame(agent, message.exit);
      default: {
        const event = handleCommon(agent, message);
        if (event !== undefined) return event;
      }
    }
  }
};
