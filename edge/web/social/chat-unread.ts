import { computed, effect, type ReadonlySignal, signal } from '@preact/signals';
import type { ChatMessage } from '#shared/api/chat.ts';

/** The chat that is counted. */
export interface ReadableChat {
  /** The oldest first. */
  readonly messages: ReadonlySignal<readonly ChatMessage[]>;
  /** Reads what is missing at the end. */
  load(): Promise<void>;
}

export interface ChatUnreadOptions {
  chat: ReadableChat;
  me: string;
  /** Where the last number that was seen is kept under `key`, so that a reload forgets nothing. */
  storage: Pick<Storage, 'getItem' | 'setItem'>;
  key: string;
}

/**
 * What others have written since the reader looked last. Whoever comes later has the history to read, but none of it counts
 * as unread; what was written while the reader's connection was lost does.
 */
export class ChatUnread {
  readonly #options: ChatUnreadOptions;
  /** The number of the last message that was seen; null until the chat was read once. */
  readonly #seen = signal<number | null>(null);
  readonly #looking = signal(false);
  readonly #stop: () => void;
  /** Messages of others that were not seen, the oldest first. */
  readonly unread: ReadonlySignal<readonly ChatMessage[]>;

  constructor(options: ChatUnreadOptions) {
    const { chat, me, storage, key } = options;
    this.#options = options;
    const kept = Number.parseInt(storage.getItem(key) ?? '', 10);
    if (Number.isSafeInteger(kept)) this.#seen.value = kept;
    this.unread = computed(() => {
      const seen = this.#seen.value;
      if (seen === null) return [];
      return chat.messages.value.filter(
        ({ seq, from, state }) => seq > seen && state === 'shown' && from?.id !== me,
      );
    });
    this.#stop = effect(() => {
      const last = chat.messages.value.at(-1)?.seq ?? 0;
      if (this.#looking.value && last > 0) this.#see(last);
    });
  }

  /** Reads the chat. What is there at the first time counts as seen. */
  async load(): Promise<void> {
    await this.#options.chat.load();
    if (this.#seen.peek() === null) this.#see(this.#options.chat.messages.peek().at(-1)?.seq ?? 0);
  }

  /** Whether the reader looks at the chat now: everything that comes meanwhile is seen. */
  look(looking: boolean): void {
    this.#looking.value = looking;
  }

  close(): void {
    this.#stop();
  }

  #see(seq: number): void {
    if (seq <= (this.#seen.peek() ?? -1)) return;
    this.#seen.value = seq;
    this.#options.storage.setItem(this.#options.key, String(seq));
  }
}
