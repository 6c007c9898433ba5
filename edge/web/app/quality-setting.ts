import { signal } from '@preact/signals';
import type { QualityBounds } from '#shared/quality.ts';

const KEY = 'nearcade:picture';

/** What a player can choose from, best first, with what each bounds the picture to. */
export const QUALITY_CHOICES = {
  auto: { label: 'As good as the link allows', bounds: {} },
  calm: { label: '30 frames a second', bounds: { maxFps: 30 } },
  light: { label: 'At most 2.5 Mbit/s', bounds: { maxBitrateKbps: 2500 } },
  saver: {
    label: 'Save data: at most 1 Mbit/s',
    bounds: { maxBitrateKbps: 1000, maxFps: 30, maxScalePercent: 75 },
  },
} as const satisfies Record<string, { label: string; bounds: QualityBounds }>;

export type QualityChoice = keyof typeof QUALITY_CHOICES;

/** How much picture the player wants on this device: its link may be metered. */
export class QualitySetting {
  readonly chosen = signal<QualityChoice>('auto');
  readonly #storage: Storage;

  constructor(storage: Storage) {
    this.#storage = storage;
    this.chosen.value = asChoice(storage.getItem(KEY));
  }

  get bounds(): QualityBounds {
    return QUALITY_CHOICES[this.chosen.value].bounds;
  }

  /** Anything that is no choice is the best. */
  choose(choice: string): void {
    this.chosen.value = asChoice(choice);
    this.#storage.setItem(KEY, this.chosen.value);
  }
}

function asChoice(text: string | null): QualityChoice {
  return text !== null && Object.hasOwn(QUALITY_CHOICES, text) ? (text as QualityChoice) : 'auto';
}
