import { describe, expect, it } from 'vitest';
import { qualityBoundsSchema } from '#shared/quality.ts';
import { QUALITY_CHOICES, QualitySetting } from './quality-setting.ts';

function storage(): Storage {
  const kept = new Map<string, string>();
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  } as Storage;
}

describe('the picture that a player wants', () => {
  it('is the best until chosen otherwise, and kept on the device', () => {
    const device = storage();
    const setting = new QualitySetting(device);
    expect(setting.bounds).toEqual({});
    setting.choose('saver');
    expect(new QualitySetting(device).bounds).toMatchObject({ maxBitrateKbps: 1000 });
    setting.choose('constructor');
    expect(new QualitySetting(device).chosen.value).toBe('auto');
  });

  it('has bounds that the node takes', () => {
    for (const { bounds } of Object.values(QUALITY_CHOICES)) {
      expect(qualityBoundsSchema.parse(bounds)).toEqual(bounds);
    }
  });
});
