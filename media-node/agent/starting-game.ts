import { endOfStart, handleCommon } from './common-messages.ts';
import { type AgentContext, endWith, type State, sessionOf, startTimer } from './context.ts';
import { Matches } from './matches.ts';

/** Milliseconds until a game must have a window: the slowest known one takes 10 s on a busy machine. */
const START_DEADLINE_MS = 60_000;

/** The game starts; players may come, go and even quit meanwhile. */
export const startingGame: State = async agent => {
  const session = sessionOf(agent);
  session.emit({ type: 'session_starting' });
  session.setPhase('starting');
  startGame(agent);
  const cancelDeadline = startTimer(agent, 'start_deadline', START_DEADLINE_MS);
  try {
    for (;;) {
      const message = await agent.mailbox.next();
      switch (message.type) {
        case 'game_started':
          return 'game_started';
        case 'game_failed':
          agent.log.error({ err: message.error, output: agent.game?.lastOutput }, 'the game did not start');
          return endWith(agent, endOfStart(message.error), 'game_failed');
        case 'game_exited':
          agent.log.error(
            { exit: message.exit, output: agent.game?.lastOutput },
            'the game ended while it started',
          );
          return endWith(agent, 'game_failed_to_start', 'game_exited');
        case 'timer':
          agent.log.error({ output: agent.game?.lastOutput }, 'the game has no window in time');
          return endWith(agent, 'game_failed_to_start', 'game_failed');
        case 'quit':
          if (message.host) return endWith(agent, 'player_quit', 'player_quit');
          break;
        default: {
          const event = handleCommon(agent, message);
          if (event !== undefined) return event;
        }
      }
    }
  } finally {
    cancelDeadline();
  }
};

/** Its outcome comes by the mailbox, so that everything else is heard meanwhile. */
function startGame(agent: AgentContext): void {
  const { mailbox, slot } = agent;
  agent.launching = slot.start(sessionOf(agent));
  agent.launching
    .then(async game => {
      agent.game = game;
      const matches = new Matches(sessionOf(agent), agent.clock, agent.log);
      game.onMatch(line => matches.take(line));
      game.exited.then(exit => mailbox.post({ type: 'game_exited', exit })).catch(() => undefined);
      await game.firstWindow;
      mailbox.post({ type: 'game_started' });
    })
    .catch((error: unknown) => mailbox.post({ type: 'game_failed', error }));
}
