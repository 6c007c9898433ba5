import { type Signal, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { useServices } from '../services-context.ts';

/** Whether somebody has written in the room's chat since it was last seen. */
export function useUnread(sessionId: string | undefined, isSeen: boolean): Signal<boolean> {
  const { access, live } = useServices();
  const unread = useSignal(false);
  useEffect(() => {
    if (isSeen || sessionId === undefined) {
      unread.value = false;
      return undefined;
    }
    return live.on('chat_message', ({ scope, scopeId, from }) => {
      const state = access.state.peek();
      const mine = state.kind === 'in' && from.id === state.user.id;
      if (scope === 'room' && scopeId === sessionId && !mine) unread.value = true;
    });
  }, [sessionId, isSeen]);
  return unread;
}
