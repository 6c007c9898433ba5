import { describe, expect, it } from 'vitest';
import { KEYBOARD_LAYOUTS, LAYOUT_KEYS, type LayoutId } from '#shared/keyboard-layouts.ts';
import { LayoutSetting } from './layout-setting.ts';

/** A browser's storage of one origin. */
function storage(): Storage {
  const kept = new Map<string, string>();
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  } as Storage;
}

/** A browser whose keyboard has this layout (W3C Keyboard Map). */
function browserWith(id: LayoutId): Navigator {
  const { characters }: { characters: string } = KEYBOARD_LAYOUTS[id];
  const keys = new Map(LAYOUT_KEYS.map((code, index) => [code, [...characters][index] ?? '']));
  return { keyboard: { getLayoutMap: async () => keys } } as unknown as Navigator;
}

const settled = () => new Promise(resolve => setImmediate(resolve));

describe('the keyboard layout of a player', () => {
  it.each(['fr', 'de', 'us', 'ru'] as const)('is what the browser says: %s', async id => {
    const layout = new LayoutSetting(storage(), browserWith(id));
    expect(layout.current).toBeUndefined();
    await settled();
    expect(layout.current).toBe(id);
  });

  it('is what the player has chosen on this device instead, until they take that back', async () => {
    const device = storage();
    new LayoutSetting(device, browserWith('us')).choose('jp');
    const layout = new LayoutSetting(device, browserWith('us'));
    await settled();
    expect(layout.current).toBe('jp');
    layout.choose(null);
    expect(layout.current).toBe('us');
    expect(new LayoutSetting(device, {} as Navigator).current).toBeUndefined();
  });

  it('is nothing where the browser does not say, refuses, or keeps something else', async () => {
    const device = storage();
    device.setItem('nearcade:keyboard-layout', 'klingon');
    const refusing = { keyboard: { getLayoutMap: () => Promise.reject(new Error('not here')) } };
    const layout = new LayoutSetting(device, refusing as unknown as Navigator);
    await settled();
    expect(layout.current).toBeUndefined();
  });
});
