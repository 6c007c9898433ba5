import { endWith, type State } from './context.ts';

/** The slot is warm and free: everything runs but a game. */
export const waitingForSession: State = async agent => {
  for (;;) {
    const message = await agent.mailbox.next();
    switch (message.type) {
      case 'session_assigned':
        agent.session = message.session;
        return 'session_assigned';
      case 'part_failed':
        agent.log.error({ ...message }, 'the free slot lost a part of its machinery');
        return endWith(agent, 'host_failed', 'stop');
      case 'drain':
        return endWith(agent, 'node_draining', 'stop');
      case 'stop':
        return endWith(agent, message.reason, 'stop');
      default:
        break;
    }
  }
};
