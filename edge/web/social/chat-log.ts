import { type ReadonlySignal, signal } from '@preact/signals';
import { type ChatMessage, chatApi } from '#shared/api/chat.ts';
import type { ChatScope } from '#shared/chat.ts';
import type { ApiClient } from '../api/client.ts';
import { Coalesced } from './coalesced.ts';
import type { LiveSource } from './live-source.ts';

/** Messages that are read at once. */
const PAGE = 50;

/**
 * What is written in one chat, in order and without gaps: a live message whose number does not follow the last one has what is
 * missing read first. `close` ends its listening.
 */
export class ChatLog {
  readonly #api: Pick<ApiClient, 'call'>;
  readonly #chat: { scope: ChatScope; scopeId: string };
  readonly #messages = signal<readonly ChatMessage[]>([]);
  readonly #earlier = signal<string | null>(null);
  readonly #catchUp = new Coalesced(() => this.#readNewer());
  readonly #stops: (() => void)[];
  #loaded = false;

  constructor(api: Pick<ApiClient, 'call'>, live: LiveSource, scope: ChatScope, scopeId: string) {
    this.#api = api;
    this.#chat = { scope, scopeId };
    const isHere = (event: { scope: ChatScope; scopeId: string }) =>
      event.scope === scope && event.scopeId === scopeId;
    this.#stops = [
      live.on('chat_message', event => {
        if (!isHere(event)) return;
        const { messageId: id, seq, from, text, at } = event;
        this.#take({ id, seq, state: 'shown', from, text, at });
      }),
      live.on('chat_deleted', event => {
        if (isHere(event)) this.#blank(event.messageId);
      }),
      live.onFresh(() => void this.load().catch(() => {})),
    ];
  }

  /** The oldest first. */
  get messages(): ReadonlySignal<readonly ChatMessage[]> {
    return this.#messages;
  }

  /** Where `loadEarlier` goes on; null when nothing is before what is there. */
  get earlier(): ReadonlySignal<string | null> {
    return this.#earlier;
  }

  /** Reads what is missing at the end. */
  load(): Promise<void> {
    return this.#catchUp.run();
  }

  async loadEarlier(): Promise<void> {
    const cursor = this.#earlier.peek();
    if (cursor === null) return;
    const page = await this.#read({ cursor });
    if (this.#earlier.peek() !== cursor) return;
    this.#messages.value = [...page.items.reverse(), ...this.#messages.peek()];
    this.#earlier.value = page.nextCursor;
  }

  async send(text: string): Promise<void> {
    this.#take(await this.#api.call(chatApi.post, { params: this.#chat, body: { text } }));
  }

  async remove(messageId: string): Promise<void> {
    await this.#api.call(chatApi.remove, { params: { ...this.#chat, messageId } });
    this.#blank(messageId);
  }

  close(): void {
    for (const stop of this.#stops) stop();
  }

  get #last(): number {
    return this.#messages.peek().at(-1)?.seq ?? 0;
  }

  #take(message: ChatMessage): void {
    if (message.seq <= this.#last) return;
    if (this.#loaded && message.seq === this.#last + 1) {
      this.#messages.value = [...this.#messages.peek(), message];
    } else {
      void this.load().catch(() => {});
    }
  }

  #blank(id: string): void {
    this.#messages.value = this.#messages
      .peek()
      .map(message => (message.id === id ? { ...message, state: 'deleted', text: null } : message));
  }

  async #readNewer(): Promise<void> {
    const after = this.#last;
    const page = await this.#read({ after });
    const newer = page.items.filter(message => message.seq > this.#last).reverse();
    const follows = newer[0] === undefined || newer[0].seq === this.#last + 1;
    if (this.#loaded && follows) {
      this.#messages.value = [...this.#messages.peek(), ...newer];
      return;
    }
    // The first time, or more is missing than one page holds: begin anew at the end.
    this.#messages.value = newer;
    this.#earlier.value = page.nextCursor ?? null;
    this.#loaded = true;
  }

  #read(query: { after?: number; cursor?: string }) {
    return this.#api.call(chatApi.history, { params: this.#chat, query: { ...query, limit: PAGE } });
  }
}
