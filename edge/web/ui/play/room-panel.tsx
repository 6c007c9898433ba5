import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { type Room, roomsApi } from '#shared/api/rooms.ts';
import type { VoiceChat } from '../../session/voice/voice-chat.ts';
import { statusOf } from '../../social/sorting.ts';
import { Icon } from '../icons.tsx';
import { useServices } from '../services-context.ts';
import { ChatBox } from '../social/chat-box.tsx';
import { describeError } from '../words.ts';
import { RoomMember } from './room-member.tsx';
import type { RoomModel } from './use-room.ts';
import type { RoomChat } from './use-room-chat.ts';

export interface RoomPanelProps {
  model: RoomModel;
  voice: VoiceChat;
  chat: RoomChat | null;
}

/** Who is in the room; its host decides who may come in, its players may vote on ending it. */
export function RoomPanel({ model, voice, chat }: RoomPanelProps): JSX.Element {
  const { access, api } = useServices();
  const { room } = model;
  if (room === null) return <section class="bar-panel muted">The room can't be shown right now.</section>;
  const state = access.state.value;
  const me = state.kind === 'in' ? state.user.id : '';
  const isHost = room.hostId === me;
  const params = { sessionId: room.sessionId };
  const seated = room.members.filter(member => member.role === 'player');
  const votes = seated.length > 1 && seated.some(member => member.userId === me);
  return (
    <section class="bar-panel" aria-label="Room" data-testid="room-panel">
      <ul class="room-members">
        {room.members.map(member => (
          <RoomMember
            key={member.userId}
            model={model}
            room={room}
            member={member}
            isHost={isHost}
            voice={voice}
          />
        ))}
      </ul>
      {isHost && <Doors model={model} room={room} />}
      {seated.some(member => member.userId === me) && <Guests model={model} room={room} />}
      {chat !== null && <ChatBox chat={chat.chat} me={me} moderates={isHost} />}
      {votes && (
        <div>
          <button
            type="button"
            class="button button-small button-danger"
            data-testid="start-vote"
            disabled={model.busy || room.vote !== null}
            onClick={() => model.change(() => api.call(roomsApi.startVote, { params }))}
          >
            <Icon name="people" />
            Vote to end the game
          </button>
        </div>
      )}
      <p class="form-error" role="alert">
        {model.error ? describeError(model.error) : ''}
      </p>
    </section>
  );
}

/** Friends who are there and could come. */
function Guests({ model, room }: { model: RoomModel; room: Room }): JSX.Element | null {
  const { api, social } = useServices();
  const asked = useSignal<readonly string[]>([]);
  const isHere = (id: string) => room.members.some(member => member.userId === id);
  const guests = social.people.value.friends.filter(
    ({ user, presence }) => !isHere(user.id) && statusOf(presence) === 'online',
  );
  if (guests.length === 0) return null;
  return (
    <ul class="room-guests" aria-label="Friends to invite">
      {guests.map(({ user }) => (
        <li key={user.id}>
          <button
            type="button"
            class="button button-small"
            disabled={model.busy || asked.value.includes(user.id)}
            onClick={() =>
              model.change(async () => {
                const params = { sessionId: room.sessionId, userId: user.id };
                await api.call(roomsApi.invite, { params });
                asked.value = [...asked.value, user.id];
              })
            }
          >
            {asked.value.includes(user.id) ? `${user.displayName} is invited` : `Invite ${user.displayName}`}
          </button>
        </li>
      ))}
    </ul>
  );
}

function Doors({ model, room }: { model: RoomModel; room: Room }): JSX.Element {
  const { api } = useServices();
  const params = { sessionId: room.sessionId };
  const door = (what: 'locked' | 'listedOnly', label: string) => (
    <label class="new-table-check">
      <input
        type="checkbox"
        checked={room[what]}
        disabled={model.busy}
        data-testid={`room-${what}`}
        onChange={event => {
          const body = { [what]: event.currentTarget.checked };
          model.change(() => api.call(roomsApi.change, { params, body }));
        }}
      />
      <span>{label}</span>
    </label>
  );
  return (
    <div class="room-doors">
      {door('locked', 'Lock the room: nobody new comes in')}
      {door('listedOnly', 'Only with a link of mine')}
    </div>
  );
}
