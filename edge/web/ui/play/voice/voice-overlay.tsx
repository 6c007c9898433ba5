import type { JSX } from 'preact';
import type { VoiceChat } from '../../../session/voice/voice-chat.ts';
import { Icon } from '../../icons.tsx';
import { useServices } from '../../services-context.ts';
import { VoiceFace } from './voice-face.tsx';
import { sayKey } from './voice-words.ts';

/** Faces at once: more would cover the game. */
const MAX_FACES = 4;

/** Over the game, also while the bar is hidden: who speaks, and whether the player's own microphone is on. */
export function VoiceOverlay({ voice }: { voice: VoiceChat }): JSX.Element | null {
  const { access } = useServices();
  const user = access.state.value;
  const me = user.kind === 'in' ? user.user.id : '';
  const state = voice.state.value;
  const { userIds } = voice.speaking.value;
  const heard = state?.voices.filter(({ userId }) => userIds.includes(userId) && userId !== me) ?? [];
  const on = voice.mic.value === 'on';
  if (!on && heard.length === 0) return null;
  return (
    <div class="voice-overlay" data-testid="voice-overlay">
      {heard.slice(0, MAX_FACES).map(({ userId, displayName }) => (
        <span class="chip voice-chip" key={userId}>
          <VoiceFace voice={voice} userId={userId} name={displayName} />
          {displayName}
        </span>
      ))}
      {on && <MyMic voice={voice} hostMuted={state?.hostMuted.includes(me) ?? false} />}
    </div>
  );
}

function MyMic({ voice, hostMuted }: { voice: VoiceChat; hostMuted: boolean }): JSX.Element {
  const { pushToTalk, talkKey } = voice.settings;
  const live = !voice.muted.value && !hostMuted;
  return (
    <span
      role="status"
      class={live ? 'chip voice-chip mic-live' : 'chip voice-chip mic-muted'}
      data-testid="mic-state"
      data-live={live}
    >
      <Icon name={live ? 'mic' : 'micOff'} />
      {live
        ? 'You are heard'
        : hostMuted
          ? 'Muted by the host'
          : pushToTalk
            ? `Hold ${sayKey(talkKey)} to talk`
            : 'Muted'}
    </span>
  );
}
