import { type ReadonlySignal, signal } from '@preact/signals';
import { parseWith } from '#shared/errors.ts';
import { recordResponseSchema } from '#shared/signal.ts';
import type { Ask, Notice } from './signal-client.ts';

/** Who records the session, as everybody in it is told; and for the host how to. */
export class SessionRecording {
  readonly #ask: (ask: Ask) => Promise<unknown>;
  readonly #nodeUrl: () => string;
  readonly #by = signal<string | null>(null);
  readonly #file = signal<string | null>(null);
  readonly #untold = signal(0);
  /** The host's name while picture and sound are recorded; null: nobody records. */
  readonly by: ReadonlySignal<string | null> = this.#by;
  /** Who watched by standard players when this host began: those need not show that it is recorded. */
  readonly untold: ReadonlySignal<number> = this.#untold;
  /** Where the host can fetch what was recorded last, once nobody records. */
  readonly file: ReadonlySignal<string | null> = this.#file;

  /** `nodeUrl`: the WebSocket address of the session's node. */
  constructor(ask: (ask: Ask) => Promise<unknown>, nodeUrl: () => string) {
    this.#ask = ask;
    this.#nodeUrl = nodeUrl;
  }

  /** Rejects with the node's error: the host alone may. */
  async record(on: boolean): Promise<void> {
    const { path, whepViewers } = parseWith(
      recordResponseSchema,
      await this.#ask({ type: 'record', on }),
      'signal_protocol',
    );
    this.#untold.value = on ? whepViewers : 0;
    if (path !== null) this.#file.value = new URL(path, this.#nodeUrl().replace(/^ws/, 'http')).href;
  }

  hear(message: Notice): void {
    if (message.type === 'recording') this.#by.value = message.by;
    // Each link is told anew.
    if (message.type === 'welcome') this.#by.value = null;
  }
}
