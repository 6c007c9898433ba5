import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NearcadeError } from './errors.ts';
import {
  decodeInput,
  encodeInput,
  type InputMessage,
  isNewer,
  MAX_INPUT_BYTES,
  MAX_TEXT_BYTES,
  textParts,
} from './input.ts';
import { codeOfEvdev, EVDEV_OF_CODE } from './keys.ts';

const messages: InputMessage[] = [
  { kind: 'key', code: 57, down: true },
  { kind: 'key', code: 0xffff, down: false },
  { kind: 'button', button: 4, down: true },
  { kind: 'wheel', dx: -10, dy: 3 },
  { kind: 'releaseAll' },
  { kind: 'pointer', x: 0, y: 65535, sequence: 40000 },
  { kind: 'motion', dx: -4096, dy: 4096 },
  { kind: 'text', text: 'Zażółć 日本語 👋🏽\n\t' },
  {
    kind: 'pad',
    hand: 0,
    sequence: 65535,
    buttons: 0x1ffff,
    axes: [-32767, 32767, 0, 1],
    triggers: [0, 255],
  },
  { kind: 'padAxes', hand: 3, sequence: 0, axes: [1, 2, 3, 4], triggers: [5, 6] },
  { kind: 'padPlug', hand: 1, plugged: true },
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
    ['a pad of a fifth hand', [10, 4, 1]],
    ['half plugged in', [10, 0, 2]],
    ['a pad without its buttons', [8, ...Array.from({ length: 13 }, () => 0)]],
    ['no text', [7]],
    ['too much text', [7, ...Array.from({ length: MAX_TEXT_BYTES + 1 }, () => 65)]],
    ['text that is not UTF-8', [7, 0xc3, 0x28]],
    ['half of a surrogate pair', [7, 0xed, 0xa0, 0x80]],
    ['a control character', [7, 0x1b]],
    ['a button that no pad has', [8, 0, 0, ...Array.from({ length: 10 }, () => 0), 0, 0, 2, 0]],
    ['a stick beyond its way', [9, 0, 0, 0x00, 0x80, ...Array.from({ length: 8 }, () => 0)]],
    ['a pad half plugged', [10, 2]],
  ])('refuses %s', (_name, bytes) => {
    let code: string | undefined;
    try {
      decodeInput(new Uint8Array(bytes));
    } catch (error) {
      code = (error as NearcadeError).code;
    }
    expect(code).toBe('input_malformed');
  });

  it('refuses or round-trips whatever bytes come', () => {
    const anything = fc.uint8Array({ maxLength: 24 });
    const nearly = fc
      .tuple(fc.integer({ min: 0, max: 11 }), fc.uint8Array({ maxLength: 18 }))
      .map(([kind, rest]) => Uint8Array.from([kind, ...rest]));
    fc.assert(
      fc.property(fc.oneof(anything, nearly), bytes => {
        try {
          expect(encodeInput(decodeInput(bytes))).toEqual(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(NearcadeError);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('cuts any text into messages that say the same', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), text => {
        const messages = textParts(text).map(part => encodeInput({ kind: 'text', text: part }));
        const heard = messages.map(bytes => decodeInput(bytes)).map(m => (m.kind === 'text' ? m.text : ''));
        const meant = text.replaceAll(/\r\n?/g, '\n').replaceAll(/[^\P{Cc}\t\n]/gu, '');
        expect(heard.join('')).toBe(meant);
        expect(messages.every(bytes => bytes.byteLength <= MAX_INPUT_BYTES)).toBe(true);
      }),
    );
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
