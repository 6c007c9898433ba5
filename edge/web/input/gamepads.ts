import { signal } from '@preact/signals';
import type { InputMessage } from '#shared/input.ts';
import { MAX_PADS, NO_RUMBLE, RUMBLE_MAX, type Rumble } from '#shared/pads.ts';
import { PadHands } from './pad-hands.ts';
import { PadSender } from './pad-sender.ts';
import { padState } from './pad-state.ts';

/** An effect ends by itself after this, should the word that ends it never come: games say it anew before. */
const RUMBLE_MS = 3_000;

/** By hand from 1: the seat whose pad it plays. */
export type SeatsPlayed = readonly (number | null)[];

/** The pads at this page, each in a hand of its own: looked at each frame while there is one (W3C Gamepad has no events for presses). */
export class Gamepads {
  /** Hands that have a pad, lowest first; 0 is the player's own. */
  readonly inHand = signal<readonly number[]>([]);
  /** Pads that come to a hand with their first press. */
  readonly waiting = signal(0);
  /** Whether the player plays by a pad; if not, all of them are of those beside them. */
  readonly own = signal(true);
  readonly #window: Window;
  readonly #hands = new PadHands();
  readonly #senders: readonly PadSender[];
  readonly #listeners = new AbortController();
  #seats: SeatsPlayed = [];
  #others = false;
  #open = false;
  #frame: number | undefined;

  /** `send`: over the seat's channels, while they are open. */
  constructor(window: Window, send: (message: InputMessage) => void) {
    this.#window = window;
    this.#senders = Array.from({ length: MAX_PADS }, (_, hand) => new PadSender(hand, send));
    const { signal } = this.#listeners;
    window.addEventListener('gamepadconnected', () => this.#look(), { signal });
    window.addEventListener('gamepaddisconnected', () => this.#look(), { signal });
    this.#look();
  }

  /**
   * The way to the node is open and the seat has a pad; called anew for each new way. `others`: whether the node lets pads beside the
   * player's own play.
   */
  open({ others }: { others: boolean }): void {
    this.#open = true;
    this.#others = others;
    for (const hand of this.#senders.keys()) {
      // The node may still know a pad that another page, or this one, had.
      if (hand > 0 ? others : this.#hands.padIn(hand) !== undefined) this.#plug(hand);
    }
    this.#look();
  }

  shut(): void {
    this.#open = false;
    for (const hand of this.#senders.keys()) this.rumble(hand, NO_RUMBLE);
  }

  setOwn(own: boolean): void {
    this.own.value = own;
    this.#look();
  }

  /** The node says which seats' pads are played by those in the other hands. */
  play(seats: SeatsPlayed): void {
    const before = this.#seats;
    this.#seats = seats;
    for (let hand = 1; hand < MAX_PADS; hand++) {
      if ((seats[hand - 1] ?? null) === (before[hand - 1] ?? null)) continue;
      this.rumble(hand, NO_RUMBLE);
      this.#senders[hand]?.startAnew();
    }
  }

  /** Turns the motors of a hand's pad (W3C Gamepad, GamepadHapticActuator); a pad or a browser that has none stays still. */
  rumble(hand: number, { low, high }: Rumble): void {
    const index = this.#hands.padIn(hand);
    if (index === undefined) return;
    const motors = this.#window.navigator.getGamepads()[index]?.vibrationActuator;
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

  readonly #look = () => {
    if (this.#frame !== undefined) this.#window.cancelAnimationFrame(this.#frame);
    this.#frame = undefined;
    const pads = this.#window.navigator.getGamepads().flatMap(pad => (pad?.connected ? [pad] : []));
    // A page that the player is not at hears no pad: it would play two games at once.
    const listens = this.#open && this.#window.document.hasFocus();
    this.#allot(pads, listens);
    if (listens) for (const pad of pads) this.#show(pad);
    if (this.#open && pads.length > 0) this.#frame = this.#window.requestAnimationFrame(this.#look);
  };

  #allot(pads: readonly Gamepad[], pressing: boolean): void {
    const changed = this.#hands.look(pads, {
      own: this.own.peek(),
      others: this.#others,
      pressing,
      isIdle: hand => hand > 0 && this.#seatOf(hand) === null,
    });
    const waiting = this.#others ? this.#hands.waiting(pads).length : 0;
    if (waiting !== this.waiting.peek()) this.waiting.value = waiting;
    if (changed.length === 0) return;
    this.inHand.value = [...this.#senders.keys()].filter(hand => this.#hands.padIn(hand) !== undefined);
    for (const hand of changed) if (this.#open && (hand === 0 || this.#others)) this.#plug(hand);
  }

  #plug(hand: number): void {
    this.#senders[hand]?.plug(this.#hands.padIn(hand) !== undefined);
  }

  #show(pad: Gamepad): void {
    const hand = this.#senders.findIndex((_, index) => this.#hands.padIn(index) === pad.index);
    if (hand < 0 || (hand > 0 && this.#seatOf(hand) === null)) return;
    this.#senders[hand]?.show(padState(pad), performance.now());
  }

  #seatOf(hand: number): number | null {
    return this.#seats[hand - 1] ?? null;
  }
}
