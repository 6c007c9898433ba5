import type { Logger } from '../log.ts';
import type { Rest } from './fleet-life.ts';

/** Why the node takes nobody new in although what plays goes on: it may be taken back. */
export class Resting {
  readonly #onChanged: () => void;
  readonly #log: Logger;
  #why: Rest | undefined;

  constructor(options: { onChanged: () => void; log: Logger }) {
    this.#onChanged = options.onChanged;
    this.#log = options.log;
  }

  get isOn(): boolean {
    return this.#why !== undefined;
  }

  set(why: Rest | undefined): void {
    if (why === this.#why) return;
    this.#why = why;
    this.#log.info({ why }, why === undefined ? 'takes sessions again' : 'takes no new session');
    this.#onChanged();
  }
}
