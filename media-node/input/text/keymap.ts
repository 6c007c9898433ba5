import { ask, type XConnection } from '../../host/x-connection.ts';

/** X11 keycodes are one byte, of which the first eight are no keys (X11 core protocol, Keyboards). */
const MIN_KEYCODE = 8;
const MAX_KEYCODE = 255;

/** Keysyms a key is given: the same with and without Shift, so that neither Shift nor Caps Lock changes what is typed. */
const LEVELS = 2;

/** The display's keymap, as far as typing text needs it. */
export interface Keymap {
  /** Keycodes that stand for nothing. */
  spare(): Promise<number[]>;
  map(keycode: number, keysym: number): void;
  /** Every program has been told of what was mapped before. */
  told(): Promise<void>;
}

/** Of a slot's X server, by the core protocol (GetKeyboardMapping, ChangeKeyboardMapping). */
export class XKeymap implements Keymap {
  readonly #connection: XConnection;

  constructor(connection: XConnection) {
    this.#connection = connection;
  }

  async spare(): Promise<number[]> {
    const keysyms = await ask<number[][]>(reply =>
      this.#connection.client.GetKeyboardMapping(MIN_KEYCODE, MAX_KEYCODE - MIN_KEYCODE + 1, reply),
    );
    return keysyms.flatMap((row, index) => (row.every(keysym => keysym === 0) ? [MIN_KEYCODE + index] : []));
  }

  map(keycode: number, keysym: number): void {
    this.#connection.client.ChangeKeyboardMapping(keycode, LEVELS, Array<number>(LEVELS).fill(keysym));
  }

  /** The server works off a connection's requests in order, and tells everybody before it answers the next. */
  async told(): Promise<void> {
    await this.#connection.client.sync();
  }
}
