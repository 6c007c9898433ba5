import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { listMicrophones } from '../../../session/voice/microphone.ts';
import type { VoiceChat } from '../../../session/voice/voice-chat.ts';
import { MicLevel } from './mic-level.tsx';

/** Which microphone, and how loud it is. Only once it is on: before that browsers tell no names. */
export function MicPicker({ voice }: { voice: VoiceChat }): JSX.Element | null {
  const devices = useSignal<readonly MediaDeviceInfo[]>([]);
  const track = voice.track.value;
  useEffect(() => {
    if (track === null) return undefined;
    const list = () => {
      // Without a list the browser's own choice goes on.
      listMicrophones().then(
        found => {
          devices.value = found;
        },
        () => {},
      );
    };
    list();
    navigator.mediaDevices.addEventListener('devicechange', list);
    return () => navigator.mediaDevices.removeEventListener('devicechange', list);
  }, [track]);
  if (track === null) return null;
  return (
    <div class="voice-device">
      <select
        class="input voice-select"
        aria-label="Microphone"
        data-testid="mic-device"
        value={track.getSettings().deviceId ?? ''}
        onChange={event => void voice.useDevice(event.currentTarget.value)}
      >
        {devices.value.map(({ deviceId, label }) => (
          <option key={deviceId} value={deviceId}>
            {label || 'Microphone'}
          </option>
        ))}
      </select>
      <MicLevel track={track} />
    </div>
  );
}
