import type { ChildProcess } from 'node:child_process';
import { KEYBOARD_LAYOUTS, type LayoutId } from '#shared/keyboard-layouts.ts';

/** setxkbmap takes a tenth of a second; one that a game keeps waiting by grabbing the server is given up. */
const TIMEOUT_MS = 5_000;

export interface KeyboardLayoutOptions {
  /** Starts a program on the display. */
  spawn: (argv: readonly string[]) => ChildProcess;
  /** The display's keymap is another now. */
  onChanged: () => void;
  onFailed: (detail: string) => void;
}

/** The layout of a display's keyboard: what the physical keys say to games. One change at a time; of those that wait the last counts. */
export class DisplayLayout {
  readonly #options: KeyboardLayoutOptions;
  /** What an X server starts with. */
  #current: LayoutId = 'us';
  #wanted: LayoutId = 'us';
  #changing: Promise<void> | undefined;

  constructor(options: KeyboardLayoutOptions) {
    this.#options = options;
  }

  /** Resolves when the display has this layout, or a later one that was asked for. */
  set(layout: LayoutId): Promise<void> {
    this.#wanted = layout;
    this.#changing ??= this.#change().finally(() => {
      this.#changing = undefined;
    });
    return this.#changing;
  }

  async #change(): Promise<void> {
    while (this.#current !== this.#wanted) {
      const next = this.#wanted;
      const { layout, variant } = KEYBOARD_LAYOUTS[next];
      const argv = ['setxkbmap', '-model', 'pc105', '-layout', layout, '-variant', variant, '-option', ''];
      const code = await exitOf(this.#options.spawn(argv));
      this.#current = next;
      if (code === 0) this.#options.onChanged();
      else this.#options.onFailed(`setxkbmap for ${next} ended with ${code}`);
    }
  }
}

function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise(resolve => {
    const late = setTimeout(() => child.kill('SIGKILL'), TIMEOUT_MS);
    const ended = (code: number | null) => {
      clearTimeout(late);
      resolve(code);
    };
    child.once('error', () => ended(null));
    child.once('exit', ended);
  });
}
