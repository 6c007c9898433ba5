import { EVDEV_OF_CODE, X11_KEYCODE_OFFSET } from '#shared/keys.ts';
import type { Clock } from '../held-inputs.ts';
import type { Keymap } from './keymap.ts';
import { keysymOf } from './keysyms.ts';
import { SpareKeys } from './spare-keys.ts';

/** Between a new mapping and the first press that needs it: programs take the mapping in between two frames. */
const SETTLE_MS = 30;

/** Between two characters: some toolkits take a release and a press in the same millisecond for a key that repeats. */
const STEP_MS = 4;

/** Looked at again this soon while every spare key is in use. */
const RETRY_MS = 50;

/** Characters of one seat in a row, before another seat's turn: what may be mapped in one go. */
const TURN = 16;

/** What may wait of one seat; beyond it what it sends is dropped. Twice what its rate lets through at once. */
const MAX_WAITING = 1_200;

/** Keys that text contains and games know as keys: by the key itself. */
const KEY_OF: Readonly<Record<string, number>> = {
  '\n': (EVDEV_OF_CODE.Enter ?? 0) + X11_KEYCODE_OFFSET,
  '\t': (EVDEV_OF_CODE.Tab ?? 0) + X11_KEYCODE_OFFSET,
};

export interface TextTyperOptions {
  keymap: Keymap;
  /** Presses or releases a key, at once. */
  key: (keycode: number, down: boolean) => void;
  clock: Clock;
}

type Item = { character: string } | { then: () => void };

/**
 * Types text into the display: characters of any script, whatever the keyboard's layout, by keycodes that stand for nothing else
 * (XTEST knows keys, not characters). What a seat does after it has typed waits for its text; no other seat does.
 */
export class TextTyper {
  readonly #options: TextTyperOptions;
  readonly #queues = new Map<number, Item[]>();
  #spare: SpareKeys | undefined;
  #typing: Promise<void> | undefined;
  #closed = false;

  constructor(options: TextTyperOptions) {
    this.#options = options;
  }

  /** Whether text of the seat has not been typed yet. */
  busy(seat: number): boolean {
    return this.#queues.has(seat);
  }

  type(seat: number, text: string): void {
    this.#add(seat, ...[...text].map(character => ({ character })));
  }

  /** Does `then` when the seat's text before it has been typed. */
  after(seat: number, then: () => void): void {
    if ((this.#queues.get(seat)?.length ?? 0) >= MAX_WAITING) then();
    else this.#add(seat, { then });
  }

  /** What waits of a seat is not typed any more. */
  drop(seat: number): void {
    this.#queues.delete(seat);
  }

  /** The display has another keymap: what was mapped is gone with the old one. */
  forgetKeymap(): void {
    this.#spare = undefined;
  }

  close(): void {
    this.#closed = true;
    this.#queues.clear();
  }

  #add(seat: number, ...items: Item[]): void {
    if (this.#closed) return;
    const queue = this.#queues.get(seat) ?? [];
    if (queue.length + items.length > MAX_WAITING) return;
    queue.push(...items);
    this.#queues.set(seat, queue);
    // A display that is gone is told by its host.
    this.#typing ??= this.#run()
      .catch(() => this.#queues.clear())
      .finally(() => {
        this.#typing = undefined;
      });
  }

  async #run(): Promise<void> {
    while (this.#queues.size > 0) {
      for (const [seat, queue] of this.#queues) {
        await this.#turn(seat, queue);
        if (this.#queues.get(seat) === queue && queue.length === 0) this.#queues.delete(seat);
      }
    }
  }

  /** Maps what the next characters need, in one go, then presses them. */
  async #turn(seat: number, queue: Item[]): Promise<void> {
    const { keymap, key } = this.#options;
    this.#spare ??= new SpareKeys(await keymap.spare());
    const spare = this.#spare;
    const keycodes: number[] = [];
    let isNew = false;
    for (const item of queue.slice(0, TURN)) {
      if (!('character' in item)) break;
      const own = KEY_OF[item.character];
      const taken = own === undefined ? this.#take(spare, item.character) : { keycode: own, isNew: false };
      if (taken === undefined) break;
      isNew ||= taken.isNew;
      keycodes.push(taken.keycode);
    }
    if (isNew) {
      await keymap.told();
      await this.#sleep(SETTLE_MS);
    }
    for (const keycode of keycodes) {
      if (this.#queues.get(seat) !== queue || this.#spare !== spare) return;
      queue.shift();
      key(keycode, true);
      key(keycode, false);
      await this.#sleep(STEP_MS);
    }
    const next = queue[0];
    if (next !== undefined && 'then' in next && this.#queues.get(seat) === queue) {
      queue.shift();
      next.then();
    } else if (keycodes.length === 0 && next !== undefined) {
      await this.#sleep(RETRY_MS);
    }
  }

  #take(spare: SpareKeys, character: string): { keycode: number; isNew: boolean } | undefined {
    const keysym = keysymOf(character);
    const taken = spare.take(keysym, this.#options.clock.now());
    if (taken?.isNew) this.#options.keymap.map(taken.keycode, keysym);
    return taken;
  }

  #sleep(ms: number): Promise<void> {
    return new Promise(resolve => {
      this.#options.clock.after(ms, resolve);
    });
  }
}
