import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import type { ChatMessage } from '#shared/api/chat.ts';
import { CHAT_MAX_CHARS } from '#shared/chat.ts';
import type { ChatLog } from '../../social/chat-log.ts';
import { Icon } from '../icons.tsx';
import { useAction } from '../use-action.ts';
import { describeError } from '../words.ts';

/** Pixels from the end within which the reader follows what comes. */
const AT_END_PX = 40;

export interface ChatBoxProps {
  chat: ChatLog;
  me: string;
  /** May delete what others wrote. */
  moderates: boolean;
}

export function ChatBox({ chat, me, moderates }: ChatBoxProps): JSX.Element {
  const list = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  const text = useSignal('');
  const messages = chat.messages.value;
  const send = useAction(async () => {
    const written = text.peek().trim();
    if (written === '') return;
    await chat.send(written);
    text.value = '';
    follows.current = true;
  });
  const earlier = useAction(() => chat.loadEarlier());
  const remove = useAction((id: string) => chat.remove(id));
  useEffect(() => void chat.load().catch(() => {}), [chat]);
  useLayoutEffect(() => {
    if (follows.current && list.current) list.current.scrollTop = list.current.scrollHeight;
  }, [messages.length]);
  const failure = send.error ?? remove.error ?? earlier.error;
  return (
    <div class="chat">
      <div
        class="chat-log"
        ref={list}
        role="log"
        aria-label="Chat"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
        tabIndex={0}
        data-testid="chat-log"
        onScroll={event => {
          const { scrollHeight, scrollTop, clientHeight } = event.currentTarget;
          follows.current = scrollHeight - scrollTop - clientHeight < AT_END_PX;
        }}
      >
        <ul class="chat-lines">
          {chat.earlier.value !== null && (
            <li>
              <button
                type="button"
                class="button button-small button-plain"
                disabled={earlier.busy}
                onClick={() => earlier.run()}
              >
                Earlier messages
              </button>
            </li>
          )}
          {messages.length === 0 && <li class="muted chat-empty">Say hello.</li>}
          {messages.map((message, index) => (
            <Line
              key={message.id}
              message={message}
              follows={messages[index - 1]?.from?.id === message.from?.id}
              mine={message.from?.id === me}
              onRemove={moderates || message.from?.id === me ? () => remove.run(message.id) : undefined}
            />
          ))}
        </ul>
      </div>
      <form
        class="code-form"
        onSubmit={event => {
          event.preventDefault();
          send.run();
        }}
      >
        <input
          class="input"
          aria-label="Message"
          placeholder="Message"
          maxLength={CHAT_MAX_CHARS}
          autocomplete="off"
          value={text.value}
          data-testid="chat-input"
          onInput={event => {
            text.value = event.currentTarget.value;
            send.clear();
          }}
        />
        <button type="submit" class="button" data-testid="chat-send" aria-label="Send" disabled={send.busy}>
          <Icon name="send" />
        </button>
        <p class="form-error" role="alert">
          {failure ? describeError(failure) : ''}
        </p>
      </form>
    </div>
  );
}

interface LineProps {
  message: ChatMessage;
  /** The one before is by the same player. */
  follows: boolean;
  mine: boolean;
  onRemove: (() => void) | undefined;
}

function Line({ message, follows, mine, onRemove }: LineProps): JSX.Element {
  const { state, from, text, at } = message;
  if (state === 'blocked') return <li class="chat-gone">A message of somebody you block</li>;
  return (
    <li class={mine ? 'chat-line chat-mine' : 'chat-line'}>
      {!follows && !mine && <span class="chat-from">{from?.displayName}</span>}
      {state === 'deleted' ? (
        <span class="chat-gone">Deleted</span>
      ) : (
        <span class="chat-bubble" title={new Date(at).toLocaleString()}>
          {text}
        </span>
      )}
      {state === 'shown' && onRemove && (
        <button type="button" class="chat-remove" aria-label="Delete this message" onClick={onRemove}>
          <Icon name="close" />
        </button>
      )}
    </li>
  );
}
