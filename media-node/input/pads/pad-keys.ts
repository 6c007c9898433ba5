import { EVDEV_OF_CODE, X11_KEYCODE_OFFSET } from '#shared/keys.ts';
import { LET_GO, PAD_AXES, PAD_BUTTONS, type PadControl, type PadState, PUSHED } from '#shared/pads.ts';

/** A pad that plays by keys, for a game that knows no pads: each control stands for a key of the game's. */
export class PadKeys {
  readonly #keycodes: ReadonlyMap<PadControl, number>;
  readonly #press: (keycode: number, down: boolean) => void;
  #held = new Set<PadControl>();

  /** `press` hears X11 keycodes. Two controls of one key hold it together. */
  constructor(keys: Partial<Record<PadControl, string>>, press: (keycode: number, down: boolean) => void) {
    this.#keycodes = new Map(
      Object.entries(keys).flatMap(([control, code]) => {
        const evdev = code === undefined ? undefined : EVDEV_OF_CODE[code];
        return evdev === undefined ? [] : [[control as PadControl, evdev + X11_KEYCODE_OFFSET]];
      }),
    );
    this.#press = press;
  }

  show(state: PadState): void {
    const before = this.#keysHeld();
    this.#held = new Set([...this.#keycodes.keys()].filter(control => this.#isHeld(control, state)));
    const now = this.#keysHeld();
    for (const keycode of before) if (!now.has(keycode)) this.#press(keycode, false);
    for (const keycode of now) if (!before.has(keycode)) this.#press(keycode, true);
  }

  #keysHeld(): Set<number> {
    return new Set([...this.#held].flatMap(control => this.#keycodes.get(control) ?? []));
  }

  #isHeld(control: PadControl, { buttons, axes }: PadState): boolean {
    const button = (PAD_BUTTONS as readonly string[]).indexOf(control);
    if (button >= 0) return (buttons & (1 << button)) !== 0;
    const axis = axes[(PAD_AXES as readonly string[]).indexOf(control.slice(0, -1))] ?? 0;
    const pushed = control.endsWith('-') ? -axis : axis;
    return pushed > (this.#held.has(control) ? LET_GO : PUSHED);
  }
}
