import type { JSX } from 'preact';
import { type Room, roomsApi, type Vote } from '#shared/api/rooms.ts';
import { useServices } from '../services-context.ts';
import { useNow } from '../use-now.ts';
import { describeError } from '../words.ts';
import type { RoomModel } from './use-room.ts';

/** The open vote on dissolving the room: how it stands, how long it goes on, and the reader's answer. */
export function VoteBanner({ model }: { model: RoomModel }): JSX.Element | null {
  const { room, error } = model;
  if (room?.vote?.state !== 'open') return null;
  return (
    <OpenVote
      key={room.vote.id}
      model={model}
      room={room}
      vote={room.vote}
      failure={error ? describeError(error) : ''}
    />
  );
}

interface OpenVoteProps {
  model: RoomModel;
  room: Room;
  vote: Vote;
  failure: string;
}

function OpenVote({ model, room, vote, failure }: OpenVoteProps): JSX.Element {
  const { access, api } = useServices();
  const now = useNow();
  const state = access.state.value;
  const me = state.kind === 'in' ? state.user.id : '';
  const starter = room.members.find(member => member.userId === vote.starterId);
  const votes = room.members.some(member => member.userId === me && member.role === 'player');
  const mine = vote.answers.find(answer => answer.userId === me)?.yes;
  const yes = vote.answers.filter(answer => answer.yes).length;
  const left = Math.max(0, Math.ceil((Date.parse(vote.endsAt) - now.value) / 1000));
  const say = (answer: boolean) =>
    model.change(() =>
      api.call(roomsApi.answerVote, {
        params: { sessionId: room.sessionId, voteId: vote.id },
        body: { yes: answer },
      }),
    );
  return (
    <section class="vote" aria-label="Vote" data-own-keys data-testid="vote-banner">
      <p role="status">
        <strong>{vote.starterId === me ? 'You want' : `${starter?.displayName ?? 'A player'} wants`}</strong>{' '}
        to end the game for everyone.
      </p>
      <p class="muted">
        {yes} of {vote.seated} for it, {vote.answers.length - yes} against. Who says nothing agrees in{' '}
        <strong class="room-number" data-testid="vote-left">
          {left} s
        </strong>
        .
      </p>
      {votes && (
        <div class="row">
          <button
            type="button"
            class="button button-small button-danger"
            aria-pressed={mine === true}
            disabled={model.busy || mine === true}
            data-testid="vote-yes"
            onClick={() => say(true)}
          >
            {mine === true ? 'You agreed' : 'End it'}
          </button>
          <button
            type="button"
            class="button button-small"
            aria-pressed={mine === false}
            disabled={model.busy || mine === false}
            data-testid="vote-no"
            onClick={() => say(false)}
          >
            {mine === false ? 'You want to play on' : 'Play on'}
          </button>
        </div>
      )}
      <p class="form-error" role="alert">
        {failure}
      </p>
    </section>
  );
}
