import { describe, expect, it } from 'vitest';
import {
  KEYBOARD_LAYOUTS,
  type KeyboardLayout,
  LAYOUT_KEYS,
  type LayoutId,
  layoutOf,
} from './keyboard-layouts.ts';

const SAME_AS: Partial<Record<LayoutId, LayoutId>> = { pl: 'us', ro: 'us', kr: 'us' };

/** What a browser says of a layout's keys. */
function mapOf(layout: KeyboardLayout): Map<string, string> {
  return new Map(
    [...layout.characters].flatMap((character, index) =>
      character === ' ' ? [] : [[LAYOUT_KEYS[index] ?? '', character] as const],
    ),
  );
}

describe('keyboard layouts', () => {
  it.each(Object.keys(KEYBOARD_LAYOUTS) as LayoutId[])('knows %s by its keys', id => {
    const layout: KeyboardLayout = KEYBOARD_LAYOUTS[id];
    expect([...layout.characters]).toHaveLength(LAYOUT_KEYS.length);
    expect(layoutOf(mapOf(layout))).toBe(SAME_AS[id] ?? id);
  });

  it('believes none by too few keys', () => {
    expect(layoutOf(new Map([['KeyQ', 'a']]))).toBeUndefined();
    expect(layoutOf(new Map())).toBeUndefined();
  });
});
