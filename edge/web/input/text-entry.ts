/**
 * Stands before what is being typed, so that a phone's keyboard has something to delete: it tells of no Backspace in an empty field.
 * It has no width.
 */
const SENTINEL = '\u200b';

/** Keys that the game gets as keys while the field holds nothing of its own. */
const AS_KEYS: ReadonlySet<string> = new Set([
  ...['Enter', 'Backspace', 'Delete', 'Tab', 'Home', 'End', 'PageUp', 'PageDown'],
  ...['ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight'],
]);

export interface TextEntryOptions {
  /** Text that the player has finished: a character, or what an input method has made of many keys. */
  type(text: string): void;
  /** A key that is no text (KeyboardEvent.code). */
  tap(code: string): void;
  /** The player wants to go back to the game. */
  leave(): void;
}

/**
 * A text field that passes what is typed into it on to the game, as soon as it is final: at once from a plain keyboard, at the end of
 * a composition (W3C UI Events, compositionend) from an input method, as for Japanese and Chinese, or a phone's.
 */
export class TextEntry {
  readonly #field: HTMLInputElement;
  readonly #options: TextEntryOptions;
  readonly #listeners = new AbortController();
  #composing = false;

  constructor(field: HTMLInputElement, options: TextEntryOptions) {
    this.#field = field;
    this.#options = options;
    const { signal } = this.#listeners;
    field.addEventListener('compositionstart', () => this.#setComposing(true), { signal });
    field.addEventListener(
      'compositionend',
      () => {
        this.#setComposing(false);
        // Browsers differ in whether the field has changed before this or after it.
        queueMicrotask(() => this.#take());
      },
      { signal },
    );
    field.addEventListener('input', () => this.#take(), { signal });
    field.addEventListener('keydown', event => this.#key(event), { signal });
    this.#clear();
  }

  close(): void {
    this.#listeners.abort();
  }

  #setComposing(composing: boolean): void {
    this.#composing = composing;
  }

  #take(): void {
    if (this.#composing) return;
    const { value } = this.#field;
    const text = value.replaceAll(SENTINEL, '');
    if (text !== '') this.#options.type(text);
    else if (value === '') this.#options.tap('Backspace');
    this.#clear();
  }

  #key(event: KeyboardEvent): void {
    if (this.#composing || event.isComposing) return;
    if (event.key === 'Escape') {
      event.preventDefault();
      this.#options.leave();
    } else if (AS_KEYS.has(event.key)) {
      event.preventDefault();
      this.#options.tap(event.key);
    }
  }

  #clear(): void {
    if (this.#field.value === SENTINEL) return;
    this.#field.value = SENTINEL;
    this.#field.setSelectionRange(1, 1);
  }
}
