import { signal } from '@preact/signals';
import type { InputMessage } from '#shared/input.ts';
import { NO_RUMBLE, RUMBLE_MAX, type Rumble } from '#shared/pads.ts';
import { PadSender } from './pad-sender.ts';
import { padState } from './pad-state.ts';

/** An effect ends by itself after this, should the word that ends it never come: games say it anew before. */
const RUMBLE_MS = 3_000;

/** The player's gamepad at their seat: looked at each frame while there is one (W3C Gamepad has no events for presses). */
export class Gamepads {
  /** What the pad calls itself; null without one. */
  readonly connected = signal<string | null>(null);
  readonly #window: Window;
  readonly #sender: PadSender;
  readonly #listeners = new AbortController();
  #index: number | undefined;
  #open = false;
  #frame: number | undefined;

  /** `send`: over the seat's channels, while they are open. */
  constructor(window: Window, send: (message: InputMessage) => void) {
    this.#window = window;
    this.#sender = new PadSender(send);
    const { signal } = this.#listeners;
    window.addEventListener('gamepadconnected', () => this.#choose(), { signal });
    window.addEventListener('gamepaddisconnected', () => this.#choose(), { signal });
    this.#choose();
  }

  /** The way to the node is open and the seat has a pad; called anew for each new way. */
  open(): void {
    this.#open = true;
    if (this.#index !== undefined) this.#sender.plug(true);
    this.#look();
  }

  shut(): void {
    this.#open = false;
    this.rumble(NO_RUMBLE);
  }

  /** Turns the pad's motors (W3C Gamepad, GamepadHapticActuator); a pad or a browser that has none stays still. */
  rumble({ low, high }: Rumble): void {
    if (this.#index === undefined) return;
    const motors = this.#window.navigator.getGamepads()[this.#index]?.vibrationActuator;
    if (!motors || typeof motors.playEffect !== 'function') return;
    const turning = this.#open && (low > 0 || high > 0);
    const done = turning
      ? motors.playEffect('dual-rumble', {
          duration: RUMBLE_MS,
          strongMagnitude: low / RUMBLE_MAX,
          weakMagnitude: high / RUMBLE_MAX,
        })
      : motors.reset();
    // A pad that was taken away meanwhile, or has other motors.
    done.catch(() => undefined);
  }

  close(): void {
    this.#listeners.abort();
    if (this.#frame !== undefined) this.#window.cancelAnimationFrame(this.#frame);
  }

  /** The one that is in use as long as it is there; then one that the browser knows the layout of, before any other. */
  #choose(): void {
    const pads = this.#window.navigator.getGamepads().filter(pad => pad?.connected === true);
    const next =
      pads.find(pad => pad?.index === this.#index) ??
      pads.find(pad => pad?.mapping === 'standard') ??
      pads[0];
    this.connected.value = next?.id ?? null;
    if (next?.index === this.#index) return;
    const had = this.#index !== undefined;
    this.#index = next?.index;
    if (this.#open && (had || next)) this.#sender.plug(next !== undefined);
    this.#look();
  }

  readonly #look = () => {
    if (this.#frame !== undefined) this.#window.cancelAnimationFrame(this.#frame);
    this.#frame = undefined;
    if (!this.#open || this.#index === undefined) return;
    const pad = this.#window.navigator.getGamepads()[this.#index];
    // A page that the player is not at hears no pad: it would play two games at once.
    if (pad && this.#window.document.hasFocus()) this.#sender.show(padState(pad), performance.now());
    this.#frame = this.#window.requestAnimationFrame(this.#look);
  };
}
