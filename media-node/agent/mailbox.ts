import type { AgentMessage } from './messages.ts';

/**
 * Messages that may wait. Players cannot fill it: what they send often is coalesced, and each socket makes few of the
 * rest; so a full mailbox means an agent that hangs.
 */
const MAX_WAITING = 256;

/** Only the newest of these matters while it waits. */
const COALESCED: ReadonlySet<AgentMessage['type']> = new Set(['key_frame_asked', 'input_refused']);

/** One agent's messages in order of arrival. Anybody posts, one state at a time takes. */
export class Mailbox {
  readonly #waiting: AgentMessage[] = [];
  #taker: ((message: AgentMessage) => void) | undefined;

  /** False when the mailbox is full and the message is lost. */
  post(message: AgentMessage): boolean {
    const taker = this.#taker;
    if (taker !== undefined) {
      this.#taker = undefined;
      taker(message);
      return true;
    }
    if (COALESCED.has(message.type)) {
      const at = this.#waiting.findIndex(waiting => waiting.type === message.type);
      if (at !== -1) this.#waiting.splice(at, 1);
    }
    if (this.#waiting.length >= MAX_WAITING) return false;
    this.#waiting.push(message);
    return true;
  }

  /** The next message; waits for one. Only one caller at a time. */
  next(): Promise<AgentMessage> {
    const message = this.#waiting.shift();
    if (message !== undefined) return Promise.resolve(message);
    return new Promise(resolve => {
      this.#taker = resolve;
    });
  }
}
