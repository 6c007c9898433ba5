import { describe, expect, it } from 'vitest';
import { VoiceSettings } from './voice-settings.ts';

/** A browser's storage of one origin. */
function storage(): Storage {
  const kept = new Map<string, string>();
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  } as Storage;
}

describe('how a player talks and listens', () => {
  it('is kept on the device: loudness and muting by person, microphone, push-to-talk', () => {
    const device = storage();
    const settings = new VoiceSettings(device);
    expect(settings).toMatchObject({ pushToTalk: false, deaf: false, deviceId: undefined });
    expect(settings.levelOf('ben')).toBe(1);
    settings.setLevel('ben', 0.3);
    settings.setLevel('ada', 7);
    settings.silence('ben', true);
    settings.change({ pushToTalk: true, talkKey: 'KeyV', deviceId: 'desk' });
    const later = new VoiceSettings(device);
    expect(later.levelOf('ben')).toBe(0.3);
    expect(later.levelOf('ada')).toBe(1);
    expect(later.isSilenced('ben')).toBe(true);
    expect(later).toMatchObject({ pushToTalk: true, talkKey: 'KeyV', deviceId: 'desk' });
    later.silence('ben', false);
    expect(new VoiceSettings(device).isSilenced('ben')).toBe(false);
  });

  it('begins anew when what is kept cannot be read', () => {
    for (const text of ['', '{', '[]', '{"levels":{"ben":9}}', '{"pushToTalk":"yes"}']) {
      const device = storage();
      device.setItem('nearcade:voice', text);
      expect(new VoiceSettings(device)).toMatchObject({ pushToTalk: false, talkKey: 'Backquote' });
    }
  });

  it('keeps a bounded number of people: those of last', () => {
    const device = storage();
    const settings = new VoiceSettings(device);
    for (let person = 0; person < 300; person++) {
      settings.setLevel(`user-${person}`, 0.5);
      settings.silence(`user-${person}`, true);
    }
    const later = new VoiceSettings(device);
    expect([later.levelOf('user-0'), later.levelOf('user-299')]).toEqual([1, 0.5]);
    expect([later.isSilenced('user-0'), later.isSilenced('user-299')]).toEqual([false, true]);
  });
});
