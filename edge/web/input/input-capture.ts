import { effect, type ReadonlySignal } from '@preact/signals';
import { CHANNEL_OF, encodeInput, type InputChannel, type InputMessage, textParts } from '#shared/input.ts';
import type { Rumble } from '#shared/pads.ts';
import type { Welcome } from '#shared/signal.ts';
import { Gamepads, type SeatsPlayed } from './gamepads.ts';
import { Keyboard } from './keyboard.ts';
import { type MotionPort, MotionSender } from './motion-sender.ts';
import { Mouse } from './mouse.ts';
import { PointerCapture } from './pointer-capture.ts';
import { PressQueue } from './press-queue.ts';

export interface InputSource {
  readonly welcome: ReadonlySignal<Welcome | null>;
  readonly pointerWanted: ReadonlySignal<boolean>;
  /** By hand. */
  readonly rumbles: ReadonlySignal<readonly Rumble[]>;
  readonly padSeats: ReadonlySignal<SeatsPlayed>;
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
  readonly pads: Gamepads;
  readonly #early = new PressQueue();
  readonly #source: InputSource;
  readonly #keyboard: Keyboard;
  readonly #mouse: Mouse;
  readonly #motion: MotionSender;
  readonly #listeners = new AbortController();
  readonly #stopEffects: (() => void)[];
  #keysPort: MotionPort | undefined;
  #rumbles: readonly Rumble[] = [];

  constructor(stage: HTMLElement, source: InputSource) {
    this.#source = source;
    this.pointer = new PointerCapture(stage, () => this.releaseAll());
    this.#motion = new MotionSender(() => source.ports.peek().motion);
    this.#keyboard = new Keyboard(window, {
      keys: () => source.welcome.peek()?.keys ?? null,
      active: event =>
        this.#plays && !(event.target instanceof Element && event.target.closest(OWN_CONTROLS)),
      send: message => this.#send(message),
    });
    this.#mouse = new Mouse(stage, {
      mode: () => this.#mode(),
      touchMode: () => this.#touchMode(),
      picture: () => source.welcome.peek()?.picture ?? { width: 16, height: 9 },
      send: message => this.#send(message),
      motion: this.#motion,
    });
    this.pads = new Gamepads(window, message => this.#send(message));
    const { signal } = this.#listeners;
    window.addEventListener('blur', () => this.releaseAll(), { signal });
    document.addEventListener('visibilitychange', () => document.hidden && this.releaseAll(), { signal });
    stage.addEventListener('click', () => void this.#clicked(), { signal });
    this.#stopEffects = [
      effect(() => {
        if (!source.pointerWanted.value) this.pointer.release();
      }),
      effect(() => {
        const { keys } = source.ports.value;
        if (keys && keys !== this.#keysPort) this.#begin();
        this.#keysPort = keys;
      }),
      effect(() => this.#shake(source.rumbles.value)),
      effect(() => this.pads.play(source.padSeats.value)),
      effect(() => {
        // With each new way to the node, and each other place.
        const { keys } = source.ports.value;
        const welcome = source.welcome.value;
        if (keys && welcome?.pad) this.pads.open({ others: welcome.host });
        else this.pads.shut();
      }),
    ];
  }

  releaseAll(): void {
    this.#keyboard.forget();
    this.#mouse.forget();
    this.#early.clear();
    this.#send({ kind: 'releaseAll' });
  }

  /** A key of the seat's (KeyboardEvent.code), pressed by other means than a keyboard. */
  press(code: string, down: boolean): void {
    this.#keyboard.press(code, down);
  }

  /** Has text typed in the game as it is, whatever keys it would take. */
  type(text: string): void {
    for (const part of textParts(text)) this.#send({ kind: 'text', text: part });
  }

  close(): void {
    this.releaseAll();
    this.#listeners.abort();
    for (const stop of this.#stopEffects) stop();
    this.#keyboard.close();
    this.#mouse.close();
    this.#motion.close();
    this.pointer.close();
    this.pads.close();
  }

  /** A new link starts with nothing held but what is held by now; what was pressed on the way to it is not lost. */
  #begin(): void {
    this.#mouse.forget();
    this.#send({ kind: 'releaseAll' });
    for (const message of this.#early.take(this.#keyboard.held())) this.#send(message);
  }

  #shake(rumbles: readonly Rumble[]): void {
    const before = this.#rumbles;
    this.#rumbles = rumbles;
    // Said again means that it goes on.
    for (const [hand, rumble] of rumbles.entries())
      if (rumble !== before[hand]) this.pads.rumble(hand, rumble);
  }

  /** The player has a seat, though the way to it may not be open yet. */
  get #plays(): boolean {
    return this.#source.welcome.peek()?.role === 'player';
  }

  get #ready(): boolean {
    return this.#source.ports.peek().keys !== undefined;
  }

  #mode(): 'off' | 'absolute' | 'captured' {
    const mode = this.#touchMode();
    return mode === 'captured' && this.pointer.held.peek() === 'no' ? 'off' : mode;
  }

  #touchMode(): 'off' | 'absolute' | 'captured' {
    const pointer = this.#source.welcome.peek()?.pointer ?? 'none';
    if (!this.#ready || pointer === 'none') return 'off';
    return this.#source.pointerWanted.peek() ? 'captured' : 'absolute';
  }

  async #clicked(): Promise<void> {
    // Also before the channels are open: the click was meant, and would have to be made again.
    const player = this.#source.welcome.peek()?.role === 'player';
    if (player && this.#source.pointerWanted.peek()) await this.pointer.capture();
  }

  #send(message: InputMessage): void {
    const port = this.#source.ports.peek()[CHANNEL_OF[message.kind]];
    if (port !== undefined) port.send(encodeInput(message));
    else if (message.kind === 'key') this.#early.add(message);
  }
}
