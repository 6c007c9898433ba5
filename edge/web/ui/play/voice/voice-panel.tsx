import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { Room } from '#shared/api/rooms.ts';
import type { VoiceChat } from '../../../session/voice/voice-chat.ts';
import { Icon } from '../../icons.tsx';
import { useServices } from '../../services-context.ts';
import { useAction } from '../../use-action.ts';
import { describeError } from '../../words.ts';
import { MemberVoice } from './member-voice.tsx';
import { MicPicker } from './mic-picker.tsx';
import { TalkKey } from './talk-key.tsx';
import { VoiceFace } from './voice-face.tsx';
import { sayProblem } from './voice-words.ts';

/** The talk: the player's microphone, who else speaks, and what the host allows. */
export function VoicePanel({ voice, room }: { voice: VoiceChat; room: Room | null }): JSX.Element {
  const { access } = useServices();
  const user = access.state.value;
  const me = user.kind === 'in' ? user.user.id : '';
  const isHost = room !== null && room.hostId === me;
  const state = voice.state.value;
  const problem = voice.problem.value;
  const { settings } = voice;
  const others = state?.voices.filter(({ userId }) => userId !== me) ?? [];
  return (
    <section class="bar-panel voice-panel" aria-label="Voice" data-testid="voice-panel">
      <MyMicrophone voice={voice} hostMuted={state?.hostMuted.includes(me) ?? false} />
      {problem !== null && (
        <p class="notice voice-problem" role="alert" data-testid="voice-problem" data-problem={problem}>
          {sayProblem(problem)}
        </p>
      )}
      <MicPicker voice={voice} />
      <TalkKey settings={settings} />
      <label class="new-table-check">
        <input
          type="checkbox"
          checked={!settings.deaf}
          data-testid="hear-others"
          onChange={event => settings.change({ deaf: !event.currentTarget.checked })}
        />
        <span>Hear the others</span>
      </label>
      {isHost && state !== null && <Watchers voice={voice} allowed={state.spectatorsSpeak} />}
      <ul class="room-members" aria-label="Open microphones">
        {others.map(({ userId, displayName }) => (
          <li class="room-member" key={userId}>
            <VoiceFace voice={voice} userId={userId} name={displayName} />
            <span class="room-member-name">{displayName}</span>
            <MemberVoice voice={voice} userId={userId} name={displayName} isHost={isHost} />
          </li>
        ))}
        {others.length === 0 && <li class="muted">Nobody else has a microphone on.</li>}
      </ul>
    </section>
  );
}

function MyMicrophone({ voice, hostMuted }: { voice: VoiceChat; hostMuted: boolean }): JSX.Element {
  const mic = voice.mic.value;
  const state = voice.state.value;
  if (mic === 'off' && state?.maySpeak !== true) {
    return <p class="muted">You can listen. Who watches speaks when the host allows it.</p>;
  }
  return (
    <div class="voice-mine">
      <button
        type="button"
        class={mic === 'on' ? 'button button-small' : 'button button-small button-primary'}
        disabled={mic === 'opening'}
        data-testid="mic-power"
        onClick={() => (mic === 'on' ? voice.turnOff() : void voice.turnOn())}
      >
        <Icon name={mic === 'on' ? 'micOff' : 'mic'} />
        {mic === 'on' ? 'Turn my microphone off' : 'Turn my microphone on'}
      </button>
      <span class="muted" role="status">
        {mic === 'opening' && 'Your browser asks you for the microphone.'}
        {mic === 'on' &&
          (hostMuted ? 'The host has muted you.' : voice.muted.value ? 'Muted' : 'The others hear you.')}
      </span>
    </div>
  );
}

function Watchers({ voice, allowed }: { voice: VoiceChat; allowed: boolean }): JSX.Element {
  // What was asked for, until the node has told everybody.
  const asked = useSignal<boolean | null>(null);
  const change = useAction(async (value: boolean) => {
    asked.value = value;
    try {
      await voice.letSpectatorsSpeak(value);
    } catch (error) {
      asked.value = null;
      throw error;
    }
  });
  useEffect(() => {
    asked.value = null;
  }, [allowed]);
  return (
    <label class="new-table-check">
      <input
        type="checkbox"
        checked={asked.value ?? allowed}
        disabled={change.busy}
        data-testid="spectators-speak"
        onChange={event => change.run(event.currentTarget.checked)}
      />
      <span>Those who watch may speak</span>
      {change.error && <span class="form-error">{describeError(change.error)}</span>}
    </label>
  );
}
