import { type ReadonlySignal, signal } from '@preact/signals';
import { parseWith } from '#shared/errors.ts';
import { recordResponseSchema } from '#shared/signal.ts';
import type { Ask, Notice } from './signal-client.ts';

/** Who records the session, as everybody in it is told; and for the host how to. */
export class SessionRecording {
  readonly #ask: (ask: Ask) => Promise<unknown>;
  readonly #by = signal<string | null>(null);
  readonly #untold = signal(0);
  readonly #made = signal(false);
  /** The host's name while picture and sound are recorded; null: nobody records. */
  readonly by: ReadonlySignal<string | null> = this.#by;
  /** Who watched by standard players when this host began: those need not show that it is recorded. */
  readonly untold: ReadonlySignal<number> = this.#untold;
  /** Whether the host has recorded something here: it is on its way to their page of recordings. */
  readonly made: ReadonlySignal<boolean> = this.#made;

  constructor(ask: (ask: Ask) => Promise<unknown>) {
    this.#ask = ask;
  }

  /** Rejects with the node's error: the host alone may. */
  async record(on: boolean): Promise<void> {
    const { whepViewers } = parseWith(
      recordResponseSchema,
      await this.#ask({ type: 'record', on }),
      'signal_protocol',
    );
    this.#untold.value = on ? whepViewers : 0;
    if (on) this.#made.value = true;
  }

  hear(message: Notice): void {
    if (message.type === 'recording') this.#by.value = message.by;
    // Each link is told anew.
    if (message.type === 'welcome') this.#by.value = null;
  }
}
