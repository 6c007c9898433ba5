import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { ChatScope } from '#shared/chat.ts';
import { ChatLog } from '../../social/chat-log.ts';
import { useServices } from '../services-context.ts';
import { ChatBox } from './chat-box.tsx';

export interface ScopeChatProps {
  scope: ChatScope;
  scopeId: string;
  /** May delete what others wrote. */
  moderates: boolean;
}

/** The chat of a club or a room, for as long as it is shown. */
export function ScopeChat({ scope, scopeId, moderates }: ScopeChatProps): JSX.Element | null {
  const { access, api, live } = useServices();
  const chat = useSignal<ChatLog | null>(null);
  useEffect(() => {
    const opened = new ChatLog(api, live, scope, scopeId);
    chat.value = opened;
    return () => opened.close();
  }, [scope, scopeId]);
  const state = access.state.value;
  if (chat.value === null || state.kind !== 'in') return null;
  return <ChatBox chat={chat.value} me={state.user.id} moderates={moderates} />;
}
