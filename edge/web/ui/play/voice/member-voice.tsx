import type { JSX } from 'preact';
import type { VoiceChat } from '../../../session/voice/voice-chat.ts';
import { Icon } from '../../icons.tsx';
import { useServices } from '../../services-context.ts';
import { useAction } from '../../use-action.ts';
import { describeError } from '../../words.ts';

export interface MemberVoiceProps {
  voice: VoiceChat;
  userId: string;
  name: string;
  /** The reader decides about the others. */
  isHost: boolean;
}

/** How loud somebody is here; the host can mute them for all. Nothing for who is silent and not muted. */
export function MemberVoice({ voice, userId, name, isHost }: MemberVoiceProps): JSX.Element | null {
  const { access } = useServices();
  const { settings } = voice;
  const mute = useAction((muted: boolean) => voice.muteForAll(userId, muted));
  const state = voice.state.value;
  const theirs = state?.voices.find(each => each.userId === userId);
  const hostMuted = state?.hostMuted.includes(userId) ?? false;
  const user = access.state.value;
  const mine = user.kind === 'in' && user.user.id === userId;
  if (state === null || (theirs === undefined && !hostMuted)) return null;
  const silenced = settings.isSilenced(userId);
  return (
    <span class="member-voice" data-testid="member-voice" data-user={userId}>
      {(hostMuted || theirs?.muted) && (
        <span class="member-muted" title={hostMuted ? 'Muted by the host' : 'Muted'}>
          <Icon name="micOff" />
          <span class="visually-hidden">
            {hostMuted ? `${name} is muted by the host` : `${name} is muted`}
          </span>
        </span>
      )}
      {theirs !== undefined && !mine && (
        <>
          <button
            type="button"
            class="icon-button icon-small"
            aria-pressed={silenced}
            title={silenced ? 'Hear again' : 'Mute for me'}
            aria-label={silenced ? `Hear ${name} again` : `Mute ${name} for me`}
            data-testid="mute-for-me"
            onClick={() => settings.silence(userId, !silenced)}
          >
            <Icon name={silenced ? 'mute' : 'sound'} />
          </button>
          <input
            class="member-volume"
            type="range"
            min="0"
            max="1"
            step="0.05"
            aria-label={`Loudness of ${name}`}
            data-testid="member-volume"
            disabled={silenced}
            value={silenced ? 0 : settings.levelOf(userId)}
            onInput={event => settings.setLevel(userId, event.currentTarget.valueAsNumber)}
          />
        </>
      )}
      {isHost && !mine && (
        <button
          type="button"
          class="button button-small"
          disabled={mute.busy}
          aria-label={hostMuted ? `Let ${name} speak again` : `Mute ${name} for everybody`}
          title={mute.error ? describeError(mute.error) : ''}
          data-testid="mute-for-all"
          onClick={() => mute.run(!hostMuted)}
        >
          {hostMuted ? 'Unmute' : 'Mute for all'}
        </button>
      )}
    </span>
  );
}
