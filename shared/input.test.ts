import { describe, expect, it } from 'vitest';
import { NearcadeError } from './errors.ts';
import { decodeInput, encodeInput, type InputMessage, isNewer } from './input.ts';
import { codeOfEvdev, EVDEV_OF_CODE } from './keys.ts';

const messages: InputMessage[] = [
  { kind: 'key', code: 57, down: true },
  { kind: 'key', code: 0xffff, down: false },
  { kind: 'button', button: 4, down: true },
  { kind: 'wheel', dx: -10, dy: 3 },
  { kind: 'releaseAll' },
  { kind: 'pointer', x: 0, y: 65535, sequence: 40000 },
  { kind: 'motion', dx: -4096, dy: 4096 },
];

describe('input wire format', () => {
  it.each(messages)('brings $kind across unchanged', message => {
    expect(decodeInput(encodeInput(message))).toEqual(message);
  });

  it('reads a message inside a larger buffer', () => {
    const padded = new Uint8Array([9, 9, ...encodeInput({ kind: 'key', code: 30, down: true }), 9]);
    expect(decodeInput(padded.subarray(2, 6))).toEqual({ kind: 'key', code: 30, down: true });
  });

  it('bounds what a wild mouse makes', () => {
    expect(decodeInput(encodeInput({ kind: 'motion', dx: 1e6, dy: -0.6 }))).toEqual({
      kind: 'motion',
      dx: 4096,
      dy: -1,
    });
  });

  it.each([
    ['empty', []],
    ['unknown kind', [0, 0, 0, 0]],
    ['short key', [1, 1, 57]],
    ['long key', [1, 1, 57, 0, 0]],
    ['half pressed', [1, 2, 57, 0]],
    ['no such button', [2, 1, 5]],
    ['wheel out of bounds', [3, 11, 0]],
    ['motion out of bounds', [6, 0xff, 0x7f, 0, 0]],
  ])('refuses %s', (_name, bytes) => {
    let code: string | undefined;
    try {
      decodeInput(new Uint8Array(bytes));
    } catch (error) {
      code = (error as NearcadeError).code;
    }
    expect(code).toBe('input_malformed');
  });

  it('refuses or round-trips every message of up to 8 random bytes', () => {
    let state = 12345;
    const random = () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 32;
    };
    for (let i = 0; i < 5000; i++) {
      const bytes = Uint8Array.from({ length: Math.floor(random() * 9) }, (_, at) =>
        at === 0 ? random() * 8 : random() * 256,
      );
      try {
        expect(encodeInput(decodeInput(bytes))).toEqual(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(NearcadeError);
      }
    }
  });

  it('compares sequences across their wrap', () => {
    expect(isNewer(2, 1)).toBe(true);
    expect(isNewer(0, 65535)).toBe(true);
    expect(isNewer(65535, 0)).toBe(false);
    expect(isNewer(5, 5)).toBe(false);
  });
});

describe('keys', () => {
  it('knows each key by one code only', () => {
    const codes = Object.values(EVDEV_OF_CODE);
    expect(new Set(codes).size).toBe(codes.length);
    expect(codeOfEvdev(57)).toBe('Space');
    expect(EVDEV_OF_CODE.ArrowDown).toBe(108);
    expect(EVDEV_OF_CODE.Slash).toBe(53);
    expect(EVDEV_OF_CODE.CapsLock).toBe(58);
    expect(EVDEV_OF_CODE.Numpad0).toBe(82);
    expect(EVDEV_OF_CODE.Delete).toBe(111);
    expect(EVDEV_OF_CODE.Backslash).toBe(43);
  });
});
