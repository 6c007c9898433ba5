import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { InputMessage } from '#shared/input.ts';
import { KEYBOARD_LAYOUTS, LAYOUT_KEYS, type LayoutId } from '#shared/keyboard-layouts.ts';
import { EVDEV_OF_CODE } from '#shared/keys.ts';
import type { SlotHost } from '../../host/slot-host.ts';
import { TestSlots, until } from '../../host/testing.ts';
import type { GameProcess } from '../../host/types.ts';

/**
 * A game that reads text as X programs do: the key of each press, then what that key says in the mapping of the moment, which it
 * asks for only LATE_MS after the press. Prints all that it has read so far.
 */
const LATE_MS = 300;
const READER = `
  let text = '';
  let turn = Promise.resolve();
  open(mask.KeyPress | mask.KeyRelease, event => {
    if (event.type !== 2) return;
    const read = new Promise(done => setTimeout(() =>
      X.GetKeyboardMapping(event.keycode, 1, (error, rows) => done(rows[0][0])), ${LATE_MS}));
    turn = turn.then(() => read).then(keysym => {
      const known = { 0xff0d: '\\n', 0xff09: '\\t' }[keysym];
      text += known ?? String.fromCodePoint(keysym > 0x1000000 ? keysym - 0x1000000 : keysym);
      console.log('read ' + JSON.stringify(text));
    });
  });`;

describe('typing into a game', () => {
  const slots = new TestSlots();
  let host: SlotHost;
  let game: GameProcess;
  let known = '';

  beforeAll(async () => {
    host = await slots.open(0);
    game = await slots.window(host, READER, {
      input: { seats: [SEAT, SEAT, { keys: { KeyA: 'KeyA' }, pointer: false, hint: 'One key.' }] },
    });
    await game.firstWindow;
  }, 30_000);
  beforeEach(() => {
    known = read();
  });
  afterAll(() => slots.close());

  /** All that the game has read. */
  function read(): string {
    const line = game.lastOutput.split('\n').findLast(each => each.startsWith('read '));
    return line === undefined ? '' : (JSON.parse(line.slice(5)) as string);
  }
  /** What it has read in this test, once that is as long as `expected`. */
  async function hears(expected: string): Promise<void> {
    await until(() => [...read()].length >= [...known].length + [...expected].length, expected, 12_000);
    expect(read().slice(known.length)).toBe(expected);
  }
  const say = (message: InputMessage, seat = 0) => host.input.apply(seat, message);
  const press = (code: string, seat = 0) => {
    const evdev = EVDEV_OF_CODE[code] ?? 0;
    say({ kind: 'key', code: evdev, down: true }, seat);
    say({ kind: 'key', code: evdev, down: false }, seat);
  };

  it('types any script as it was composed', async () => {
    const text = '日本語で你好, Zażółć! 👋🏽 ß€\n';
    say({ kind: 'text', text });
    await hears(text);
  });

  it('types the same whether or not Shift is held', async () => {
    say({ kind: 'key', code: EVDEV_OF_CODE.ShiftLeft ?? 0, down: true });
    say({ kind: 'text', text: 'aA' });
    say({ kind: 'key', code: EVDEV_OF_CODE.ShiftLeft ?? 0, down: false });
    await hears(`${String.fromCodePoint(0xffe1)}aA`);
  });

  it('types more different characters than there are spare keys, to a game that reads late', async () => {
    const text = Array.from({ length: 160 }, (_, index) => String.fromCodePoint(0x4e00 + index)).join('');
    say({ kind: 'text', text: text.slice(0, 60) });
    say({ kind: 'text', text: text.slice(60, 120) });
    say({ kind: 'text', text: text.slice(120) });
    await hears(text);
  });

  it('keeps the order of text and the keys around it, and lets nobody else wait', async () => {
    press('KeyA');
    say({ kind: 'text', text: '甲乙丙' });
    press('KeyB');
    say({ kind: 'text', text: '丁' });
    press('KeyC');
    press('KeyX', 1);
    await hears('ax甲乙丙b丁c');
  });

  it('types nothing for a seat that has only some keys, and nothing more of one that is gone', async () => {
    say({ kind: 'text', text: '否' }, 2);
    say({ kind: 'text', text: '否'.repeat(50) }, 1);
    host.input.releaseSeat(1);
    press('KeyZ');
    await hears('z');
  });

  it.each(['fr', 'de', 'ru', 'dvorak', 'jp', 'us'] as const)('gives the keys of the layout %s', async id => {
    await host.setKeyboardLayout(id);
    const { characters }: { characters: string } = KEYBOARD_LAYOUTS[id as LayoutId];
    const tried = ['KeyQ', 'KeyA', 'KeyZ', 'KeyM', 'Semicolon', 'Digit1'];
    for (const code of tried) press(code);
    const expected = tried.map(code => [...characters][LAYOUT_KEYS.indexOf(code)] ?? '');
    const line = () => [...read().slice(known.length)].map(asUnicode).join('');
    await until(() => line().length >= tried.length, `keys of ${id}`);
    expect(line()).toBe(expected.join(''));
    known = read();
    say({ kind: 'text', text: '文a' });
    await hears('文a');
  });
});

const SEAT = { keys: 'all' as const, pointer: true, hint: 'All.' };

/** Cyrillic letters have keysyms of their own, older than Unicode (X11 protocol, appendix A): the ones pressed here. */
const CYRILLIC: Readonly<Record<number, string>> = { 1738: 'й', 1734: 'ф', 1745: 'я', 1752: 'ь', 1750: 'ж' };
function asUnicode(character: string): string {
  return CYRILLIC[character.codePointAt(0) ?? 0] ?? character;
}
