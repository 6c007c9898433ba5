import type { InputMessage } from '#shared/input.ts';

/** A press that is this old is not what the player wants any more. */
const MAX_AGE_MS = 2_000;

/** More than two hands do in that time. */
const MAX_WAITING = 64;

/** What the player pressed while the way to the node was not open yet: a moment after joining, or after the network broke. */
export class PressQueue {
  readonly #now: () => number;
  #waiting: { message: InputMessage; at: number }[] = [];

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  add(message: InputMessage): void {
    this.#waiting.push({ message, at: this.#now() });
    if (this.#waiting.length > MAX_WAITING) this.#waiting.shift();
  }

  clear(): void {
    this.#waiting = [];
  }

  /**
   * Takes what is still meant, and then the presses of keys that are held by now (evdev codes) and not among it: nothing of a
   * short moment is lost, nothing stays pressed that was let go.
   */
  take(held: readonly number[]): InputMessage[] {
    const newest = this.#now() - MAX_AGE_MS;
    const messages = this.#waiting.filter(({ at }) => at >= newest).map(({ message }) => message);
    this.clear();
    const down = new Set<number>();
    for (const message of messages) {
      if (message.kind !== 'key') continue;
      if (message.down) down.add(message.code);
      else down.delete(message.code);
    }
    const missing = held.filter(code => !down.has(code));
    return [...messages, ...missing.map(code => ({ kind: 'key', code, down: true }) as const)];
  }
}
