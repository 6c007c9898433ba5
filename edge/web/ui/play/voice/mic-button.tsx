import type { JSX } from 'preact';
import type { VoiceChat } from '../../../session/voice/voice-chat.ts';
import { BarButton } from '../bar-button.tsx';
import { sayKey } from './voice-words.ts';

/** Turns the microphone on; after that mutes it and ends that. */
export function MicButton({ voice }: { voice: VoiceChat }): JSX.Element {
  const mic = voice.mic.value;
  const muted = voice.muted.value;
  const { pushToTalk, talkKey } = voice.settings;
  const live = mic === 'on' && !muted;
  const state = voice.state.value;
  const label =
    mic !== 'on'
      ? state?.maySpeak === false
        ? 'You may not speak here'
        : 'Turn the microphone on'
      : pushToTalk
        ? `Hold ${sayKey(talkKey)} to talk. Click to turn the microphone off`
        : muted
          ? 'Unmute the microphone'
          : 'Mute the microphone';
  return (
    <BarButton
      icon={live ? 'mic' : 'micOff'}
      label={label}
      testId="mic"
      look={live ? 'mic-live' : mic === 'on' ? 'mic-muted' : 'mic-off'}
      disabled={mic === 'opening' || (mic === 'off' && state?.maySpeak !== true)}
      onClick={() => {
        if (mic === 'off') void voice.turnOn();
        else if (pushToTalk) voice.turnOff();
        else voice.toggleMute();
      }}
    />
  );
}
