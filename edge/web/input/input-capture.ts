import { effect, type ReadonlySignal } from '@preact/signals';
import { CHANNEL_OF, encodeInput, type InputChannel, type InputMessage } from '#shared/input.ts';
import type { Welcome } from '#shared/signal.ts';
import { Keyboard } from './keyboard.ts';
import { type MotionPort, MotionSender } from './motion-sender.ts';
import { Mouse } from './mouse.ts';
import { PointerCapture } from './pointer-capture.ts';

export interface InputSource {
  readonly welcome: ReadonlySignal<Welcome | null>;
  readonly pointerWanted: ReadonlySignal<boolean>;
  readonly ports: ReadonlySignal<Partial<Record<InputChannel, MotionPort>>>;
}

/** Whatever takes keys for itself: the page's own controls while they have the focus. */
const OWN_CONTROLS = 'input, textarea, select, [data-own-keys]';

/**
 * Everything a player does on the stage, sent to the seat. Whenever the page loses the player (another window, another
 * tab, the pointer let go), all that is held is released, so that nobody runs on into a wall.
 */
export class InputCapture {
  readonly pointer: PointerCapture;
  readonly #source: InputSource;
  readonly #keyboard: Keyboard;
  readonly #mouse: Mouse;
  readonly #motion: MotionSender;
  readonly #listeners = new AbortController();
  readonly #stopEffects: (() => void)[];
  #keysPort: MotionPort | undefined;

  constructor(stage: HTMLElement, source: InputSource) {
    this.#source = source;
    this.pointer = new PointerCapture(stage, () => this.releaseAll());
    this.#motion = new MotionSender(() => source.ports.peek().motion);
    this.#keyboard = new Keyboard(window, {
      keys: () => source.welcome.peek()?.keys ?? null,
      active: event =>
        this.#ready && !(event.target instanceof Element && event.target.closest(OWN_CONTROLS)),
      send: message => this.#send(message),
    });
    this.#mouse = new Mouse(stage, {
      mode: () => this.#mode(),
      picture: () => source.welcome.peek()?.picture ?? { width: 16, height: 9 },
      send: message => this.#send(message),
      motion: this.#motion,
    });
    const { signal } = this.#listeners;
    window.addEventListener('blur', () => this.releaseAll(), { signal });
    document.addEventListener('visibilitychange', () => document.hidden && this.releaseAll(), { signal });
    stage.addEventListener('click', () => void this.#clicked(), { signal });
    this.#stopEffects = [
      effect(() => {
        if (!source.pointerWanted.value) this.pointer.release();
      }),
      // A new link starts with nothing held.
      effect(() => {
        const { keys } = source.ports.value;
        if (keys && keys !== this.#keysPort) this.releaseAll();
        this.#keysPort = keys;
      }),
    ];
  }

  releaseAll(): void {
    this.#keyboard.forget();
    this.#mouse.forget();
    this.#send({ kind: 'releaseAll' });
  }

  close(): void {
    this.releaseAll();
    this.#listeners.abort();
    for (const stop of this.#stopEffects) stop();
    this.#keyboard.close();
    this.#mouse.close();
    this.#motion.close();
    this.pointer.close();
  }

  get #ready(): boolean {
    return this.#source.ports.peek().keys !== undefined;
  }

  #mode(): 'off' | 'absolute' | 'captured' {
    const pointer = this.#source.welcome.peek()?.pointer ?? 'none';
    if (!this.#ready || pointer === 'none') return 'off';
    if (!this.#source.pointerWanted.peek()) return 'absolute';
    return this.pointer.held.peek() === 'no' ? 'off' : 'captured';
  }

  async #clicked(): Promise<void> {
    // Also before the channels are open: the click was meant, and would have to be made again.
    const player = this.#source.welcome.peek()?.role === 'player';
    if (player && this.#source.pointerWanted.peek()) await this.pointer.capture();
  }

  #send(message: InputMessage): void {
    this.#source.ports.peek()[CHANNEL_OF[message.kind]]?.send(encodeInput(message));
  }
}
