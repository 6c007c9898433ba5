import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useLayoutEffect } from 'preact/hooks';
import type { VoiceSettings } from '../../../app/voice-settings.ts';
import { sayKey } from './voice-words.ts';

/** Push-to-talk and its key, which is not the game's while it is on. */
export function TalkKey({ settings }: { settings: VoiceSettings }): JSX.Element {
  const asking = useSignal(false);
  // Before the button says so: the very next key counts.
  useLayoutEffect(() => {
    if (!asking.value) return undefined;
    const take = (event: KeyboardEvent) => {
      event.preventDefault();
      event.stopImmediatePropagation();
      if (event.code !== 'Escape' && event.code !== '') settings.change({ talkKey: event.code });
      asking.value = false;
    };
    window.addEventListener('keydown', take, { capture: true });
    return () => window.removeEventListener('keydown', take, { capture: true });
  }, [asking.value]);
  return (
    <div class="talk-key">
      <label class="new-table-check">
        <input
          type="checkbox"
          checked={settings.pushToTalk}
          data-testid="push-to-talk"
          onChange={event => settings.change({ pushToTalk: event.currentTarget.checked })}
        />
        <span>Push to talk: heard only while you hold</span>
      </label>
      <button
        type="button"
        class="button button-small"
        aria-label="Change the talk key"
        data-testid="talk-key"
        onClick={() => {
          asking.value = !asking.value;
        }}
      >
        {asking.value ? 'Press a key' : <kbd>{sayKey(settings.talkKey)}</kbd>}
      </button>
    </div>
  );
}
