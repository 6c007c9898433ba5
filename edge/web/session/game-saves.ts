import { type ReadonlySignal, signal } from '@preact/signals';
import type { Save } from '#shared/api/saves.ts';
import { type ErrorCode, parseWith } from '#shared/errors.ts';
import { savedResponseSchema } from '#shared/save-signal.ts';
import type { Ask, Notice } from './signal-client.ts';

/** What the page knows of the game's saves while it is played. */
export class GameSaves {
  readonly #ask: (ask: Ask) => Promise<unknown>;
  readonly #saving = signal(false);
  readonly #last = signal<Save | null>(null);
  readonly #problem = signal<ErrorCode | null>(null);
  /** The game has ended and its last save is being put up. */
  readonly saving: ReadonlySignal<boolean> = this.#saving;
  /** The newest save of this stay. */
  readonly last: ReadonlySignal<Save | null> = this.#last;
  /** Why the game is not being saved by itself; null while all is well. */
  readonly problem: ReadonlySignal<ErrorCode | null> = this.#problem;

  constructor(ask: (ask: Ask) => Promise<unknown>) {
    this.#ask = ask;
  }

  /** Saves now, into the session's own slot or another. Rejects with the node's error. */
  async saveNow(slot?: string): Promise<Save> {
    const data = await this.#ask({ type: 'save', ...(slot === undefined ? {} : { slot }) });
    const { save } = parseWith(savedResponseSchema, data, 'signal_protocol');
    this.#last.value = save;
    return save;
  }

  hear(message: Notice): void {
    if (message.type === 'saving') this.#saving.value = true;
    if (message.type === 'saveFailed') this.#problem.value = message.code;
    if (message.type !== 'saved') return;
    this.#last.value = message.save;
    this.#problem.value = null;
  }

  /** The link is gone, or there is another. */
  drop(): void {
    this.#saving.value = false;
  }
}
