import { EVDEV_OF_CODE, X11_KEYCODE_OFFSET } from '#shared/keys.ts';
import type { SeatInput } from '#shared/manifest.ts';

/** X11 keycodes are one byte, of which the first eight are no keys. */
const MAX_KEYCODE = 255;

/** What one seat may do, laid out for a look-up a message. */
export interface SeatRights {
  /** X11 keycode by evdev code; 0 where the seat may not press the key. */
  readonly keycodes: Uint8Array;
  readonly pointer: boolean;
  /** Whether it may type text: a seat that has only some of the keys would reach the others' by what they say. */
  readonly text: boolean;
}

export function seatRights(seat: SeatInput): SeatRights {
  const keycodes = new Uint8Array(MAX_KEYCODE - X11_KEYCODE_OFFSET + 1);
  for (const [pressed, seen] of keyPairs(seat.keys)) {
    const from = EVDEV_OF_CODE[pressed];
    const to = EVDEV_OF_CODE[seen];
    if (from !== undefined && to !== undefined) keycodes[from] = to + X11_KEYCODE_OFFSET;
  }
  return { keycodes, pointer: seat.pointer, text: seat.keys === 'all' };
}

function keyPairs(keys: SeatInput['keys']): [string, string][] {
  return keys === 'all' ? Object.keys(EVDEV_OF_CODE).map(code => [code, code]) : Object.entries(keys);
}
