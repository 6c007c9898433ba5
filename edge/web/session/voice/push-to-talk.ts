import type { VoiceSettings } from '../../app/voice-settings.ts';

/**
 * The push-to-talk key, wherever on the page the focus is but in a text field. While it is in use it is not the game's: make this
 * before what takes the keys for the game, since listeners of one target are called in the order in which they came.
 */
export class PushToTalk {
  readonly #settings: Pick<VoiceSettings, 'pushToTalk' | 'talkKey'>;
  readonly #talk: (down: boolean) => void;
  readonly #listeners = new AbortController();
  #down: string | undefined;

  constructor(
    target: Window,
    settings: Pick<VoiceSettings, 'pushToTalk' | 'talkKey'>,
    talk: (down: boolean) => void,
  ) {
    this.#settings = settings;
    this.#talk = talk;
    const options = { capture: true, signal: this.#listeners.signal };
    target.addEventListener('keydown', event => this.#press(event), options);
    target.addEventListener('keyup', event => this.#release(event), options);
    // The key may come up while another window has the keyboard.
    target.addEventListener('blur', () => this.#end(), options);
  }

  close(): void {
    this.#end();
    this.#listeners.abort();
  }

  #press(event: KeyboardEvent): void {
    if (!this.#settings.pushToTalk || event.code !== this.#settings.talkKey || isWriting(event)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (this.#down !== undefined) return;
    this.#down = event.code;
    this.#talk(true);
  }

  #release(event: KeyboardEvent): void {
    if (event.code !== this.#down) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.#end();
  }

  #end(): void {
    if (this.#down === undefined) return;
    this.#down = undefined;
    this.#talk(false);
  }
}

/** In a text field of the page; what the game reads its text from is the game's. */
function isWriting({ target }: KeyboardEvent): boolean {
  if (!(target instanceof Element) || target.closest('[role=application]') !== null) return false;
  return target.closest('input:not([type=range], [type=checkbox]), textarea, select') !== null;
}
