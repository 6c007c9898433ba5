import type { InputMessage } from '#shared/input.ts';
import { EVDEV_OF_CODE } from '#shared/keys.ts';

/** Keys that stay with the browser unless the seat's controls name them: full screen, reload, its tools. */
const BROWSER_KEYS: ReadonlySet<string> = new Set(['F5', 'F11', 'F12']);

export interface KeyboardOptions {
  /** KeyboardEvent.code values that the seat takes; null: all. */
  keys(): readonly string[] | null;
  /** False while the player is not at the game: a dialog is open, a form field has the focus. */
  active(event: KeyboardEvent): boolean;
  send(message: InputMessage): void;
}

/** Physical keys of the page to presses and releases, sent inside the event's handler. */
export class Keyboard {
  readonly #target: Window;
  readonly #options: KeyboardOptions;
  readonly #down = new Set<string>();

  constructor(target: Window, options: KeyboardOptions) {
    this.#target = target;
    this.#options = options;
    // In the capture phase: before anything else in the page can spend time on it.
    target.addEventListener('keydown', this.#press, { capture: true });
    target.addEventListener('keyup', this.#release, { capture: true });
  }

  /** evdev codes of the keys that are down. */
  held(): number[] {
    return [...this.#down].flatMap(code => EVDEV_OF_CODE[code] ?? []);
  }

  /** A key that is pressed by other means than a keyboard: a button on the screen. */
  press(code: string, down: boolean): void {
    const evdev = EVDEV_OF_CODE[code];
    if (evdev === undefined || this.#down.has(code) === down) return;
    if (down) this.#down.add(code);
    else this.#down.delete(code);
    this.#options.send({ kind: 'key', code: evdev, down });
  }

  /** The node is told by whoever calls. */
  forget(): void {
    this.#down.clear();
  }

  close(): void {
    this.#target.removeEventListener('keydown', this.#press, { capture: true });
    this.#target.removeEventListener('keyup', this.#release, { capture: true });
  }

  readonly #press = (event: KeyboardEvent) => {
    const evdev = this.#codeOf(event);
    if (evdev === undefined || !this.#options.active(event)) return;
    event.preventDefault();
    if (event.repeat || this.#down.has(event.code)) return;
    this.#down.add(event.code);
    this.#options.send({ kind: 'key', code: evdev, down: true });
  };

  readonly #release = (event: KeyboardEvent) => {
    if (event.code === 'MetaLeft' || event.code === 'MetaRight') {
      // macOS reports no release of keys that were held together with Command.
      this.#releaseHeld();
      return;
    }
    if (!this.#down.delete(event.code)) return;
    event.preventDefault();
    const evdev = EVDEV_OF_CODE[event.code];
    if (evdev !== undefined) this.#options.send({ kind: 'key', code: evdev, down: false });
  };

  #releaseHeld(): void {
    for (const code of this.#down) {
      const evdev = EVDEV_OF_CODE[code];
      if (evdev !== undefined) this.#options.send({ kind: 'key', code: evdev, down: false });
    }
    this.#down.clear();
  }

  #codeOf(event: KeyboardEvent): number | undefined {
    const keys = this.#options.keys();
    if (keys === null ? BROWSER_KEYS.has(event.code) : !keys.includes(event.code)) return undefined;
    return EVDEV_OF_CODE[event.code];
  }
}
