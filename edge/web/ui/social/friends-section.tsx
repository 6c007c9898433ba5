import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { Friend } from '#shared/api/friends.ts';
import { friendsInOrder, statusOf } from '../../social/sorting.ts';
import { Icon } from '../icons.tsx';
import { useServices } from '../services-context.ts';
import { useAction } from '../use-action.ts';
import { describeError } from '../words.ts';
import { CodeForm } from './code-form.tsx';
import { CopyCode } from './copy-code.tsx';
import { Person } from './person.tsx';

export function FriendsSection(): JSX.Element {
  const { social } = useServices();
  const { friends, asked, asking } = social.people.value;
  const code = useSignal('');
  const act = useAction((work: () => Promise<void>) => work());
  useEffect(() => {
    void social.friendCode().then(
      found => {
        code.value = found;
      },
      () => {},
    );
  }, []);
  const here = friends.filter(({ presence }) => statusOf(presence) !== 'offline').length;
  return (
    <section class="social-part" aria-labelledby="social-friends">
      <div class="social-head">
        <h2 id="social-friends">Friends</h2>
        {friends.length > 0 && (
          <span class="muted">
            {here} of {friends.length} here
          </span>
        )}
      </div>
      <ul class="people">
        {asked.map(({ user }) => (
          <Person key={user.id} user={user} note="Wants to be friends">
            <button
              type="button"
              class="button button-small button-primary"
              data-testid={`friend-accept-${user.id}`}
              aria-label={`Accept ${user.displayName}`}
              onClick={() => act.run(() => social.answerAsk(user.id, true))}
            >
              Accept
            </button>
            <button
              type="button"
              class="icon-button"
              aria-label={`Decline ${user.displayName}`}
              onClick={() => act.run(() => social.answerAsk(user.id, false))}
            >
              <Icon name="close" />
            </button>
          </Person>
        ))}
        {friendsInOrder(friends).map(friend => (
          <FriendRow key={friend.user.id} friend={friend} act={act.run} />
        ))}
        {asking.map(friend => (
          <Person key={friend.user.id} user={friend.user} note="Has not answered yet">
            <button
              type="button"
              class="button button-small button-plain"
              aria-label={`Take back what you asked ${friend.user.displayName}`}
              onClick={() => act.run(() => social.dropFriend(friend))}
            >
              Take back
            </button>
          </Person>
        ))}
      </ul>
      {social.ready.value && friends.length + asked.length + asking.length === 0 && (
        <p class="muted">Nobody yet. Exchange codes with somebody you play with.</p>
      )}
      <p class="form-error" role="alert">
        {act.error ? describeError(act.error) : ''}
      </p>
      <CodeForm
        label="Friend code"
        placeholder="A friend's code"
        action="Add"
        testId="friend-code"
        submit={given => social.ask(given)}
      />
      {code.value !== '' && <CopyCode label="Your code" code={code.value} testId="my-friend-code" />}
    </section>
  );
}

interface FriendRowProps {
  friend: Friend;
  act: (work: () => Promise<void>) => void;
}

function FriendRow({ friend, act }: FriendRowProps): JSX.Element {
  const { social } = useServices();
  const { user, presence } = friend;
  const party = social.party.value;
  const more = useSignal(false);
  const isIn = party?.members.some(member => member.user.id === user.id) ?? false;
  const isInvited = party?.invited.some(({ id }) => id === user.id) ?? false;
  return (
    <Person user={user} presence={presence} note={isInvited ? 'Invited to your party' : undefined}>
      {more.value ? (
        <>
          <button
            type="button"
            class="button button-small"
            onClick={() => act(() => social.dropFriend(friend))}
          >
            Remove
          </button>
          <button
            type="button"
            class="button button-small button-danger"
            onClick={() => act(() => social.block(user.id))}
          >
            Block
          </button>
        </>
      ) : (
        !isIn &&
        !isInvited && (
          <button
            type="button"
            class="button button-small"
            data-testid={`party-invite-${user.id}`}
            aria-label={`Invite ${user.displayName} to your party`}
            onClick={() => act(() => social.invite(user.id))}
          >
            Invite
          </button>
        )
      )}
      <button
        type="button"
        class="icon-button"
        aria-label={`More about ${user.displayName}`}
        aria-expanded={more.value}
        onClick={() => {
          more.value = !more.value;
        }}
      >
        <Icon name={more.value ? 'close' : 'more'} />
      </button>
    </Person>
  );
}
