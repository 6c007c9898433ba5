import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { ChatLog } from '../../social/chat-log.ts';
import { ChatUnread } from '../../social/chat-unread.ts';
import { useServices } from '../services-context.ts';

export interface RoomChat {
  chat: ChatLog;
  unread: ChatUnread;
}

/** The room's chat for as long as the player is in it, whether it is shown or not; null before. */
export function useRoomChat(sessionId: string, isIn: boolean): RoomChat | null {
  const { access, api, live } = useServices();
  const opened = useSignal<RoomChat | null>(null);
  useEffect(() => {
    const state = access.state.peek();
    if (!isIn || state.kind !== 'in') return undefined;
    const chat = new ChatLog(api, live, 'room', sessionId);
    const unread = new ChatUnread({
      chat,
      me: state.user.id,
      storage: window.sessionStorage,
      key: `nearcade:chat-seen:${sessionId}`,
    });
    // What is not read now is read when something new comes, or when the chat is opened.
    const read = () => void unread.load().catch(() => {});
    read();
    const stop = live.onFresh(read);
    opened.value = { chat, unread };
    return () => {
      opened.value = null;
      stop();
      unread.close();
      chat.close();
    };
  }, [sessionId, isIn]);
  return opened.value;
}
