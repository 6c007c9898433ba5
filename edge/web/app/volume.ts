import { signal } from '@preact/signals';

const KEY = 'nearcade:volume';

/** The player's loudness, 0 to 1, kept on this device. Muting is for the moment and not kept. */
export class VolumeSetting {
  readonly level = signal(1);
  readonly muted = signal(false);
  readonly #storage: Storage;

  constructor(storage: Storage) {
    this.#storage = storage;
    const kept = Number.parseFloat(storage.getItem(KEY) ?? '');
    if (kept >= 0 && kept <= 1) this.level.value = kept;
  }

  set(level: number): void {
    this.level.value = Math.max(0, Math.min(1, level));
    this.muted.value = false;
    this.#storage.setItem(KEY, String(this.level.value));
  }

  toggleMute(): void {
    this.muted.value = !this.muted.value;
  }
}
