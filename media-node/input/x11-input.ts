import { type InputMessage, isNewer } from '#shared/input.ts';
import { type GameManifest, MAX_SEATS } from '#shared/manifest.ts';
import type { Rumble } from '#shared/pads.ts';
import { SEAT_RIGHTS, type SeatRight } from '#shared/seat-rights.ts';
import { type Clock, HeldInputs, systemClock } from './held-inputs.ts';
import type { PadPort } from './pads/pad-port.ts';
import { Rumbles } from './pads/rumbles.ts';
import { SeatPads } from './pads/seat-pads.ts';
import { type SeatRights, seatRights } from './seat-rights.ts';
import type { Keymap } from './text/keymap.ts';
import { TextTyper } from './text/text-typer.ts';

/** A display that takes fake input. `flush` sends what was queued in one write. */
export interface InputSink {
  key(keycode: number, down: boolean): void;
  button(button: number, down: boolean): void;
  moveTo(x: number, y: number): void;
  moveBy(dx: number, dy: number): void;
  flush(): void;
}

/** X numbers the buttons after the wheel's four (X11 core protocol and XInput convention): MouseEvent.button -> X. */
const X_BUTTONS = [1, 2, 3, 8, 9] as const;
const WHEEL = { up: 4, down: 5, left: 6, right: 7 } as const;

/** Held buttons share their book with keys; keycodes end at 255. */
const BUTTON_BASE = 256;

/** What a seat's pad holds is held beside what its keyboard holds: each lets go of its own. */
const PAD_HOLDER = MAX_SEATS;

const POINTER_MAX = 65535;

interface Seat {
  readonly rights: SeatRights;
  /** Sequence of the last absolute position; undefined before the first. */
  lastPointer: number | undefined;
}

/**
 * The players' input, into a slot's display. Each seat has the rights that the manifest gives it; what it may not do is
 * dropped in silence, since a page can send anything. Synchronous from message to socket: every millisecond here is one the player feels.
 */
export class X11Input {
  readonly #sink: InputSink;
  readonly #held: HeldInputs;
  readonly #pads: SeatPads;
  readonly #text: TextTyper | undefined;
  #seats: Seat[] = [];
  #width: number;
  #height: number;
  #locked = false;
  #closed = false;
  readonly #rumbles: Rumbles;
  readonly #rumbleListeners = new Set<(seat: number, rumble: Rumble) => void>();
  readonly #lockListeners = new Set<(locked: boolean) => void>();

  /** `width` and `height`: the screen's, in pixels. Without a keymap no text is typed. */
  constructor(sink: InputSink, width: number, height: number, clock: Clock = systemClock, keymap?: Keymap) {
    this.#sink = sink;
    this.#width = width;
    this.#height = height;
    this.#held = new HeldInputs((target, down) => this.#emit(target, down), clock);
    if (keymap !== undefined) {
      this.#text = new TextTyper({
        keymap,
        key: (keycode, down) => {
          this.#sink.key(keycode, down);
          this.#sink.flush();
        },
        clock,
      });
    }
    this.#rumbles = new Rumbles((seat, rumble) => {
      for (const listener of this.#rumbleListeners) listener(seat, rumble);
    }, clock);
    this.#pads = new SeatPads((seat, keycode, down) => {
      if (down) this.#held.press(seat + PAD_HOLDER, keycode);
      else this.#held.release(seat + PAD_HOLDER, keycode);
    });
  }

  /** Lays out the seats of a game; what was held is released. Before this no seat may do anything. `pads`: where the game has its pads. */
  configureSeats(input: GameManifest['input'], pads?: PadPort): void {
    this.releaseAll();
    this.#pads.port = pads;
    this.#rumbles.stop();
    pads?.onRumble((pad, rumble) => this.#rumbles.hear(pad, rumble));
    this.#pads.configure(input);
    this.#held.minimumHoldMs = input.minimumKeyHoldMs;
    this.#seats = input.seats.map(seat => ({ rights: seatRights(seat), lastPointer: undefined }));
  }

  setPicture(width: number, height: number): void {
    this.#width = width;
    this.#height = height;
  }

  /** Seats count from 0. */
  apply(seat: number, message: InputMessage): void {
    const player = this.#seats[seat];
    if (player === undefined || this.#closed) return;
    switch (message.kind) {
      case 'key':
        this.#key(seat, player, message.code, message.down);
        break;
      case 'button':
        this.#button(seat, player, message.button, message.down);
        break;
      case 'wheel':
        if (player.rights.pointer) this.#wheel(message.dx, message.dy);
        break;
      case 'pointer':
        this.#pointer(player, message.x, message.y, message.sequence);
        break;
      case 'motion':
        if (player.rights.pointer) this.#sink.moveBy(message.dx, message.dy);
        break;
      case 'pad':
      case 'padAxes':
      case 'padPlug':
        this.#pads.apply(seat, message);
        break;
      case 'text':
        if (player.rights.text) this.#text?.type(seat, message.text);
        break;
      case 'releaseAll':
        this.#text?.drop(seat);
        this.#held.releaseSeat(seat);
        this.#pads.release(seat, { pad: true, keys: true });
        break;
    }
    this.#sink.flush();
  }

  /**
   * The player of a seat is gone, or its page starts anew: nothing it held stays down. With `lost`: only what took one of these
   * rights.
   */
  releaseSeat(seat: number, lost: readonly SeatRight[] = SEAT_RIGHTS): void {
    const player = this.#seats[seat];
    if (player === undefined || this.#closed) return;
    if (lost.includes('keyboard')) {
      this.#text?.drop(seat);
      this.#held.releaseSeat(seat, 0, BUTTON_BASE);
    }
    if (lost.includes('mouse')) {
      player.lastPointer = undefined;
      this.#held.releaseSeat(seat, BUTTON_BASE);
    }
    this.#pads.release(seat, { pad: lost.includes('pad'), keys: lost.includes('keyboard') });
    this.#sink.flush();
  }

  releaseAll(): void {
    if (this.#closed) return;
    this.#held.releaseAll();
    this.#pads.releaseAll();
    this.#sink.flush();
  }

  /** The display has got another keyboard layout. */
  keymapChanged(): void {
    this.#text?.forgetKeymap();
  }

  /** Whether a mouse button is down in the display just now. */
  get buttonDown(): boolean {
    return this.#held.anyDown(BUTTON_BASE);
  }

  /** Whether the game holds the pointer and shows no cursor: it wants relative motion. */
  get pointerLocked(): boolean {
    return this.#locked;
  }

  /** Hears each change of `pointerLocked`. Returns the way to stop. */
  onPointerLock(listener: (locked: boolean) => void): () => void {
    this.#lockListeners.add(listener);
    return () => this.#lockListeners.delete(listener);
  }

  /** Hears what the game has the motors of a seat's pad do. Returns the way to stop. */
  onRumble(listener: (seat: number, rumble: Rumble) => void): () => void {
    this.#rumbleListeners.add(listener);
    return () => this.#rumbleListeners.delete(listener);
  }

  /** The slot's watch over the display reports here. */
  setPointerLocked(locked: boolean): void {
    if (locked === this.#locked || this.#closed) return;
    this.#locked = locked;
    for (const listener of this.#lockListeners) listener(locked);
  }

  /** Releases everything; later input is dropped. */
  close(): void {
    if (this.#closed) return;
    this.releaseAll();
    this.#pads.close();
    this.#text?.close();
    this.#closed = true;
    this.#lockListeners.clear();
    this.#rumbleListeners.clear();
  }

  #key(seat: number, player: Seat, code: number, down: boolean): void {
    if (this.#text?.busy(seat)) {
      // In the order in which the player did it.
      this.#text.after(seat, () => this.#pressKey(seat, player, code, down));
    } else {
      this.#pressKey(seat, player, code, down);
    }
  }

  #pressKey(seat: number, player: Seat, code: number, down: boolean): void {
    if (this.#pads.key(seat, code, down)) return;
    const keycode = player.rights.keycodes[code] ?? 0;
    if (keycode === 0) return;
    if (down) this.#held.press(seat, keycode);
    else this.#held.release(seat, keycode);
  }

  #button(seat: number, player: Seat, button: number, down: boolean): void {
    const xButton = X_BUTTONS[button];
    if (xButton === undefined || !player.rights.pointer) return;
    if (down) this.#held.press(seat, BUTTON_BASE + xButton);
    else this.#held.release(seat, BUTTON_BASE + xButton);
  }

  #wheel(dx: number, dy: number): void {
    this.#notches(dy < 0 ? WHEEL.up : WHEEL.down, Math.abs(dy));
    this.#notches(dx < 0 ? WHEEL.left : WHEEL.right, Math.abs(dx));
  }

  #notches(button: number, count: number): void {
    for (let notch = 0; notch < count; notch++) {
      this.#sink.button(button, true);
      this.#sink.button(button, false);
    }
  }

  #pointer(player: Seat, x: number, y: number, sequence: number): void {
    if (!player.rights.pointer) return;
    if (player.lastPointer !== undefined && !isNewer(sequence, player.lastPointer)) return;
    player.lastPointer = sequence;
    this.#sink.moveTo(
      Math.round((x / POINTER_MAX) * (this.#width - 1)),
      Math.round((y / POINTER_MAX) * (this.#height - 1)),
    );
  }

  #emit(target: number, down: boolean): void {
    if (target >= BUTTON_BASE) this.#sink.button(target - BUTTON_BASE, down);
    else this.#sink.key(target, down);
    // A release that its minimum hold put off comes from a timer, where nobody else flushes.
    this.#sink.flush();
  }
}
