import type { JSX } from 'preact';
import { type Room, roomsApi } from '#shared/api/rooms.ts';
import { seatsApi } from '#shared/api/seats.ts';
import type { VoiceChat } from '../../session/voice/voice-chat.ts';
import { useServices } from '../services-context.ts';
import type { RoomModel } from './use-room.ts';
import { MemberVoice } from './voice/member-voice.tsx';
import { VoiceFace } from './voice/voice-face.tsx';

export interface RoomMemberProps {
  model: RoomModel;
  room: Room;
  member: Room['members'][number];
  /** The reader decides about the others. */
  isHost: boolean;
  voice: VoiceChat;
}

export function RoomMember({ model, room, member, isHost, voice }: RoomMemberProps): JSX.Element {
  const { api, notices } = useServices();
  const { userId, displayName, seat } = member;
  const { sessionId } = room;
  const offer = async () => {
    await api.call(seatsApi.offer, { params: { id: sessionId, userId }, body: {} });
    const text = `${displayName} was offered a seat.`;
    notices.show({ key: `offer-${userId}`, level: 'info', text, lasting: false });
  };
  const unseat = () =>
    api.call(seatsApi.place, { params: { id: sessionId, userId }, body: { role: 'spectator' } });
  const putOut = () => api.call(roomsApi.kick, { params: { sessionId, userId }, body: {} });
  return (
    <li class="room-member">
      <VoiceFace voice={voice} userId={userId} name={displayName} />
      <span class="seat-tag">{seat === null ? 'Watching' : `Seat ${seat}`}</span>
      <span class="room-member-name">
        {displayName}
        {userId === room.hostId && <span class="muted"> · host</span>}
      </span>
      <MemberVoice voice={voice} userId={userId} name={displayName} isHost={isHost} />
      {isHost && userId !== room.hostId && (
        <>
          {seat === null ? (
            <Act label="Offer a seat" about={`Offer ${displayName} a seat`} model={model} work={offer} />
          ) : (
            <Act label="Let watch" about={`Let ${displayName} watch`} model={model} work={unseat} />
          )}
          <Act label="Put out" about={`Put ${displayName} out`} model={model} work={putOut} />
        </>
      )}
    </li>
  );
}

interface ActProps {
  label: string;
  /** The label with whom it is about. */
  about: string;
  model: RoomModel;
  work: () => Promise<unknown>;
}

function Act({ label, about, model, work }: ActProps): JSX.Element {
  return (
    <button
      type="button"
      class="button button-small"
      disabled={model.busy}
      aria-label={about}
      onClick={() => model.change(work)}
    >
      {label}
    </button>
  );
}
