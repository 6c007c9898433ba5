import { type ReadonlySignal, signal } from '@preact/signals';

export interface Notice {
  /** Of two with the same key the later takes the earlier's place. */
  key: string;
  level: 'info' | 'warning';
  text: string;
  /** Stays until it is dismissed or taken back. */
  lasting: boolean;
  /** What can be done about it; that dismisses it. */
  action?: { label: string; run(): void };
}

/** On the screen at once: more would cover the page, or the game. */
const MAX_NOTICES = 4;

/** Milliseconds that one stays: time to read two lines, twice. */
const SHOWN_MS = 12_000;

/** What the platform says out of turn, newest last, over whatever page is open. */
export class Notices {
  readonly #shown = signal<readonly Notice[]>([]);
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();

  get shown(): ReadonlySignal<readonly Notice[]> {
    return this.#shown;
  }

  show(notice: Notice): void {
    this.dismiss(notice.key);
    const shown = [...this.#shown.peek(), notice];
    for (const { key } of shown.slice(0, -MAX_NOTICES)) this.dismiss(key);
    this.#shown.value = shown.slice(-MAX_NOTICES);
    if (!notice.lasting)
      this.#timers.set(
        notice.key,
        setTimeout(() => this.dismiss(notice.key), SHOWN_MS),
      );
  }

  dismiss(key: string): void {
    clearTimeout(this.#timers.get(key));
    this.#timers.delete(key);
    this.#shown.value = this.#shown.peek().filter(notice => notice.key !== key);
  }
}
