import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { ChatUnread } from '../../social/chat-unread.ts';

/** Lines at once, and how long each stays: more would cover the game. */
const MAX_LINES = 3;
const SHOWN_MS = 7_000;

/** What has just been written, over the game for a moment, while the chat itself is closed. */
export function ChatPreview({ unread }: { unread: ChatUnread }): JSX.Element | null {
  const from = useSignal(Number.POSITIVE_INFINITY);
  const messages = unread.unread.value;
  const last = messages.at(-1)?.seq ?? 0;
  useEffect(() => {
    if (last === 0) return undefined;
    from.value = Math.min(from.value, last);
    const timer = setTimeout(() => {
      from.value = Number.POSITIVE_INFINITY;
    }, SHOWN_MS);
    return () => clearTimeout(timer);
  }, [last]);
  const lines = messages.filter(({ seq }) => seq >= from.value).slice(-MAX_LINES);
  if (lines.length === 0) return null;
  return (
    <ul class="chat-preview" data-testid="chat-preview">
      {lines.map(message => (
        <li class="chip chat-preview-line" key={message.id}>
          <strong>{message.from?.displayName}</strong> <span>{message.text}</span>
        </li>
      ))}
    </ul>
  );
}
