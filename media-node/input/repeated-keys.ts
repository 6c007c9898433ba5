import { decodeRepeat } from '#shared/input-repeats.ts';

/** Copies that may be ahead of their turn: more than anybody presses in the second that a lost packet can take. */
const EARLY_MAX = 32;

/** Joins `keys` and the copies on `again` (shared/input-repeats.ts): each message once, in order, as soon as it is here. */
export class RepeatedKeys {
  /** Messages that came on `keys`, and those handed on. */
  #arrived = 0;
  #taken = 0;
  #ignoring = false;
  readonly #early = new Map<number, Uint8Array>();

  /** What is to be done now that this came on `keys`. */
  take(bytes: Uint8Array): Uint8Array[] {
    const number = this.#arrived++;
    return number < this.#taken ? [] : this.#from(bytes);
  }

  /** What is to be done now that this came on `again`. Throws `input_malformed` for a copy that is none. */
  takeCopy(bytes: Uint8Array): Uint8Array[] {
    const { number, message } = decodeRepeat(bytes);
    if (this.#ignoring) return [];
    const ahead = ((number - this.#taken) << 16) >> 16;
    if (ahead === 0) return this.#from(message);
    // A copy: the channel's buffer is not ours to keep.
    if (ahead > 0 && ahead <= EARLY_MAX) this.#early.set(this.#taken + ahead, message.slice());
    return [];
  }

  /** From now on `keys` alone counts: something that came on it was not told here. */
  ignoreCopies(): void {
    this.#ignoring = true;
    this.#early.clear();
    this.#arrived = this.#taken;
  }

  #from(message: Uint8Array): Uint8Array[] {
    const messages = [message];
    this.#taken += 1;
    for (;;) {
      const next = this.#early.get(this.#taken);
      this.#early.delete(this.#taken);
      if (next === undefined) return messages;
      messages.push(next);
      this.#taken += 1;
    }
  }
}
