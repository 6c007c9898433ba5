import { signal } from '@preact/signals';
import { type LayoutId, layoutIdSchema, layoutOf } from '#shared/keyboard-layouts.ts';

const KEY = 'nearcade:keyboard-layout';

/** W3C Keyboard Map, where the browser has it. */
interface WithKeyboard {
  keyboard?: { getLayoutMap?: () => Promise<ReadonlyMap<string, string>> };
}

/** What the player's keyboard says: chosen on this device, or asked of the browser. */
export class LayoutSetting {
  /** null: as the browser says. */
  readonly chosen = signal<LayoutId | null>(null);
  /** What the browser says; undefined while it is asked, and where it does not know. */
  readonly found = signal<LayoutId | undefined>(undefined);
  readonly #storage: Storage;

  constructor(storage: Storage, navigator: Navigator & WithKeyboard) {
    this.#storage = storage;
    const kept = layoutIdSchema.safeParse(storage.getItem(KEY));
    if (kept.success) this.chosen.value = kept.data;
    const asked = navigator.keyboard?.getLayoutMap?.();
    // Refused where the page is not the top one: then the player chooses.
    void asked?.then(
      keys => {
        this.found.value = layoutOf(new Map(keys));
      },
      () => {},
    );
  }

  /** Undefined when neither player nor browser has said. */
  get current(): LayoutId | undefined {
    return this.chosen.value ?? this.found.value;
  }

  choose(layout: LayoutId | null): void {
    this.chosen.value = layout;
    if (layout === null) this.#storage.removeItem(KEY);
    else this.#storage.setItem(KEY, layout);
  }
}
