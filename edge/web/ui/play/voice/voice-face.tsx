import type { JSX } from 'preact';
import type { VoiceChat } from '../../../session/voice/voice-chat.ts';

export interface VoiceFaceProps {
  voice: VoiceChat;
  userId: string;
  name: string;
}

/** Somebody's initial; the ring round it shows that they speak, a brighter one that they lead the talk. */
export function VoiceFace({ voice, userId, name }: VoiceFaceProps): JSX.Element {
  const { userIds, active } = voice.speaking.value;
  const speaks = userIds.includes(userId);
  const look = speaks ? (active === userId ? 'voice-face speaks leads' : 'voice-face speaks') : 'voice-face';
  return (
    <span class={look} data-testid="voice-face" data-user={userId} data-speaks={speaks}>
      <span aria-hidden="true">{[...name][0]?.toUpperCase()}</span>
      {speaks && <span class="visually-hidden">{name} speaks</span>}
    </span>
  );
}
