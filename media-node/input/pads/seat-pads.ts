import { isNewer, type PadMessage } from '#shared/input.ts';
import { EVDEV_OF_CODE } from '#shared/keys.ts';
import type { GameManifest, SeatInput } from '#shared/manifest.ts';
import { buttonBit, PAD_AT_REST, type PadState } from '#shared/pads.ts';
import { PadKeys } from './pad-keys.ts';
import type { PadPort } from './pad-port.ts';

interface SeatPad {
  /** Buttons by the evdev code of the key that presses them, for a player without a pad. */
  readonly buttonOfKey: ReadonlyMap<number, number>;
  readonly alwaysPlugged: boolean;
  readonly show: (state: PadState | undefined) => void;
  plugged: boolean;
  /** What the player's pad says. */
  state: PadState;
  /** What their keys hold of it. */
  keys: number;
  /** Of the newest state; undefined before the first. */
  sequence: number | undefined;
}

/** The pads of a session's seats: puts together what comes over both channels, and what players without a pad press by key. Seats count from 0. */
export class SeatPads {
  readonly #press: (seat: number, keycode: number, down: boolean) => void;
  #port: PadPort | undefined;
  #pads: SeatPad[] = [];

  /** `press` hears the keys of pads that play by keys. */
  constructor(press: (seat: number, keycode: number, down: boolean) => void) {
    this.#press = press;
  }

  /** Where pads of the seats that are laid out next are plugged in. */
  set port(port: PadPort | undefined) {
    this.#port = port;
  }

  /** Lays out the pads of a game. Who had plugged theirs in before, has still. */
  configure({ pads, seats }: GameManifest['input']): void {
    const plugged = this.#pads.map(pad => pad.plugged);
    this.close();
    if (pads === undefined) return;
    this.#pads = seats.slice(0, pads.max).map((seat, index) => {
      const buttonOfKey = new Map(
        Object.entries(seat.keysToPad ?? {}).map(([code, button]) => [
          EVDEV_OF_CODE[code] ?? 0,
          buttonBit(button),
        ]),
      );
      return {
        buttonOfKey,
        alwaysPlugged: pads.plugged === 'fromStart' || buttonOfKey.size > 0,
        show: this.#shower(pads.how, seat, index),
        plugged: plugged[index] ?? false,
        state: PAD_AT_REST,
        keys: 0,
        sequence: undefined,
      };
    });
    for (const pad of this.#pads) show(pad);
  }

  apply(seat: number, message: PadMessage): void {
    const pad = this.#pads[seat];
    if (pad === undefined) return;
    if (message.kind === 'padPlug') {
      pad.plugged = message.plugged;
      pad.state = PAD_AT_REST;
      // The page that says so counts from the start.
      pad.sequence = undefined;
    } else {
      if (!pad.plugged) return;
      const newest = pad.sequence === undefined || isNewer(message.sequence, pad.sequence);
      // An older message that is reliable still brings its press; sticks are the newest's.
      if (!newest && message.kind === 'padAxes') return;
      const { axes, triggers } = newest ? message : pad.state;
      const buttons = message.kind === 'pad' ? message.buttons : pad.state.buttons;
      pad.state = { buttons, axes, triggers };
      if (newest) pad.sequence = message.sequence;
    }
    show(pad);
  }

  /** True when the key is one that plays the seat's pad, and so none of the game's. */
  key(seat: number, evdev: number, down: boolean): boolean {
    const pad = this.#pads[seat];
    const button = pad?.buttonOfKey.get(evdev);
    if (pad === undefined || button === undefined) return false;
    pad.keys = down ? pad.keys | button : pad.keys & ~button;
    show(pad);
    return true;
  }

  /** Lets go of what the seat's pad holds, and of what its keys hold of it. It stays plugged in: its player may come back. */
  release(seat: number, of: { pad: boolean; keys: boolean }): void {
    const pad = this.#pads[seat];
    if (pad === undefined) return;
    if (of.pad) {
      pad.state = PAD_AT_REST;
      pad.sequence = undefined;
    }
    if (of.keys) pad.keys = 0;
    show(pad);
  }

  releaseAll(): void {
    for (const seat of this.#pads.keys()) this.release(seat, { pad: true, keys: true });
  }

  /** Unplugs all. */
  close(): void {
    for (const pad of this.#pads.splice(0)) pad.show(undefined);
  }

  #shower(how: 'sdl' | 'keys', seat: SeatInput, index: number): SeatPad['show'] {
    if (how === 'keys') {
      const keys = new PadKeys(seat.pad ?? {}, (keycode, down) => this.#press(index, keycode, down));
      return state => keys.show(state ?? PAD_AT_REST);
    }
    const port = this.#port;
    return state => port?.set(index, state);
  }
}

function show(pad: SeatPad): void {
  const plugged = pad.plugged || pad.alwaysPlugged;
  pad.show(plugged ? { ...pad.state, buttons: pad.state.buttons | pad.keys } : undefined);
}
