import { beforeEach, describe, expect, it } from 'vitest';
import { EVDEV_OF_CODE } from '#shared/keys.ts';
import type { GameManifest } from '#shared/manifest.ts';
import { AXIS_MAX, buttonBit, LET_GO, PAD_AT_REST, type PadState, PUSHED } from '#shared/pads.ts';
import { SeatPads } from './seat-pads.ts';

const SEAT = { keys: {}, pointer: false, hint: 'Pad.' };
const SDL: GameManifest['input'] = {
  pointer: 'none',
  minimumKeyHoldMs: 0,
  pads: { max: 2, how: 'sdl', plugged: 'whenUsed' },
  seats: [SEAT, { ...SEAT, keysToPad: { KeyX: 'east', ArrowUp: 'up' } }, SEAT],
};
const KEYS: GameManifest['input'] = {
  pointer: 'none',
  minimumKeyHoldMs: 0,
  pads: { max: 1, how: 'keys', plugged: 'whenUsed' },
  seats: [{ ...SEAT, pad: { south: 'Space', left: 'ArrowLeft', 'leftX-': 'ArrowLeft' } }],
};
const SPACE = 65;
const LEFT = 113;

const pushed = (x: number): PadState => ({ ...PAD_AT_REST, axes: [x, 0, 0, 0] });

describe('pads of the seats', () => {
  let shown: (PadState | undefined)[];
  let keys: string[];
  let pads: SeatPads;
  beforeEach(() => {
    shown = [];
    keys = [];
    pads = new SeatPads((seat, keycode, down) => keys.push(`${seat} ${down ? '+' : '-'}${keycode}`));
    pads.port = {
      set: (pad, state) => {
        shown[pad] = state;
      },
      onRumble: () => undefined,
    };
    pads.configure(SDL);
  });
  const plug = (seat: number, plugged = true) => pads.apply(seat, { kind: 'padPlug', hand: 0, plugged });
  const say = (seat: number, sequence: number, state: PadState) =>
    pads.apply(seat, { kind: 'pad', hand: 0, sequence, ...state });

  it('plugs a pad in when its player has one, and out again', () => {
    expect(shown).toEqual([undefined, PAD_AT_REST]);
    say(0, 1, pushed(5));
    expect(shown[0]).toBeUndefined();
    plug(0);
    say(0, 1, pushed(5));
    expect(shown[0]).toEqual(pushed(5));
    plug(0, false);
    expect(shown[0]).toBeUndefined();
  });

  it('gives a seat beyond the pads none', () => {
    plug(2);
    say(2, 1, pushed(5));
    expect(shown).toHaveLength(2);
  });

  it('loses no press to a newer stick, and no stick to an older state', () => {
    plug(0);
    pads.apply(0, { kind: 'padAxes', hand: 0, sequence: 7, axes: [9, 0, 0, 0], triggers: [0, 0] });
    say(0, 5, { ...pushed(1), buttons: buttonBit('south') });
    expect(shown[0]).toEqual({ ...pushed(9), buttons: buttonBit('south') });
    pads.apply(0, { kind: 'padAxes', hand: 0, sequence: 6, axes: [3, 0, 0, 0], triggers: [0, 0] });
    expect(shown[0]?.axes[0]).toBe(9);
    say(0, 8, PAD_AT_REST);
    expect(shown[0]).toEqual(PAD_AT_REST);
  });

  it('takes a new page from its start', () => {
    plug(0);
    say(0, 40_000, pushed(5));
    pads.release(0, { pad: true, keys: true });
    expect(shown[0]).toEqual(PAD_AT_REST);
    plug(0);
    say(0, 1, pushed(6));
    expect(shown[0]).toEqual(pushed(6));
  });

  it('plays the pad of a player who has none by their keys, beside a real one', () => {
    const x = EVDEV_OF_CODE.KeyX ?? 0;
    expect(pads.key(1, x, true)).toBe(true);
    expect(shown[1]?.buttons).toBe(buttonBit('east'));
    plug(1);
    say(1, 1, { ...PAD_AT_REST, buttons: buttonBit('south') });
    expect(shown[1]?.buttons).toBe(buttonBit('east') | buttonBit('south'));
    pads.release(1, { pad: true, keys: false });
    expect(shown[1]?.buttons).toBe(buttonBit('east'));
    pads.key(1, x, false);
    expect(shown[1]?.buttons).toBe(0);
    expect(pads.key(1, EVDEV_OF_CODE.KeyQ ?? 0, true)).toBe(false);
    expect(pads.key(0, x, true)).toBe(false);
  });

  it('presses keys for a game that knows no pads', () => {
    pads.configure(KEYS);
    plug(0);
    say(0, 1, { ...PAD_AT_REST, buttons: buttonBit('south') | buttonBit('left') });
    expect(keys).toEqual([`0 +${SPACE}`, `0 +${LEFT}`]);
    say(0, 2, { ...pushed(-AXIS_MAX), buttons: 0 });
    expect(keys.slice(2)).toEqual([`0 -${SPACE}`]);
    pads.release(0, { pad: true, keys: true });
    expect(keys.slice(3)).toEqual([`0 -${LEFT}`]);
  });

  it('does not let a stick flutter around its half way', () => {
    pads.configure(KEYS);
    plug(0);
    let sequence = 0;
    for (const x of [0, -PUSHED + 1, -PUSHED - 1, -PUSHED + 1, -LET_GO - 1, -LET_GO + 1, -PUSHED + 1]) {
      say(0, sequence++, pushed(Math.round(x)));
    }
    expect(keys).toEqual([`0 +${LEFT}`, `0 -${LEFT}`]);
  });

  it('keeps what is plugged in when the seats are laid out anew', () => {
    plug(0);
    pads.configure(SDL);
    expect(shown[0]).toEqual(PAD_AT_REST);
    pads.close();
    expect(shown).toEqual([undefined, undefined]);
  });
});
