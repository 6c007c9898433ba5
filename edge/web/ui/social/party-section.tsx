import type { JSX } from 'preact';
import type { Party } from '#shared/api/parties.ts';
import { Icon } from '../icons.tsx';
import { useServices } from '../services-context.ts';
import { useAction } from '../use-action.ts';
import { describeError } from '../words.ts';
import { ChatBox } from './chat-box.tsx';
import { CodeForm } from './code-form.tsx';
import { CopyCode } from './copy-code.tsx';
import { Person } from './person.tsx';
import { ReadyCheck } from './ready-check.tsx';

export function PartySection(): JSX.Element {
  const { social } = useServices();
  const party = social.party.value;
  return (
    <section class="social-part" aria-labelledby="social-party">
      {party ? <CurrentParty party={party} /> : <NoParty />}
    </section>
  );
}

function NoParty(): JSX.Element {
  const { social } = useServices();
  const act = useAction((work: () => Promise<void>) => work());
  return (
    <>
      <div class="social-head">
        <h2 id="social-party">Party</h2>
      </div>
      <ul class="people">
        {social.invites.value.map(({ partyId, from, members }) => (
          <Person
            key={partyId}
            user={from}
            note={members === 1 ? 'Invites you to a party' : `Invites you to a party of ${members}`}
          >
            <button
              type="button"
              class="button button-small button-primary"
              data-testid={`party-accept-${partyId}`}
              aria-label={`Join the party of ${from.displayName}`}
              onClick={() => act.run(() => social.answerInvite(partyId, true))}
            >
              Join
            </button>
            <button
              type="button"
              class="icon-button"
              aria-label={`Decline the invitation of ${from.displayName}`}
              onClick={() => act.run(() => social.answerInvite(partyId, false))}
            >
              <Icon name="close" />
            </button>
          </Person>
        ))}
      </ul>
      <p class="muted">Gather your friends, see who is ready, and start a game together.</p>
      <button
        type="button"
        class="button button-primary"
        data-testid="party-create"
        disabled={act.busy}
        onClick={() => act.run(() => social.createParty())}
      >
        <Icon name="people" />
        New party
      </button>
      <p class="form-error" role="alert">
        {act.error ? describeError(act.error) : ''}
      </p>
      <CodeForm
        label="Party code"
        placeholder="A party's code"
        action="Join"
        testId="party-code"
        submit={code => social.joinParty(code)}
      />
    </>
  );
}

function CurrentParty({ party }: { party: Party }): JSX.Element {
  const { access, social } = useServices();
  const act = useAction((work: () => Promise<void>) => work());
  const state = access.state.value;
  const me = state.kind === 'in' ? state.user.id : '';
  const leads = party.leaderId === me;
  const asked = party.state === 'checking' || party.state === 'ready' || party.state === 'starting';
  const chat = social.chat.value;
  return (
    <>
      <div class="social-head">
        <h2 id="social-party">Party</h2>
        <span class="muted">
          {party.members.length} of {party.maxMembers}
        </span>
        <button
          type="button"
          class="button button-small button-plain"
          data-testid="party-leave"
          onClick={() => act.run(() => social.leaveParty())}
        >
          Leave
        </button>
      </div>
      <ul class="people" data-testid="party-members">
        {party.members.map(({ user, presence, ready }) => (
          <Person
            key={user.id}
            user={user}
            presence={presence}
            tag={user.id === party.leaderId ? 'Leads' : undefined}
            note={asked ? <ReadyNote ready={ready} /> : undefined}
          >
            {leads && user.id !== me && (
              <>
                <button
                  type="button"
                  class="icon-button"
                  title="Let lead"
                  aria-label={`Let ${user.displayName} lead`}
                  onClick={() => act.run(() => social.promote(user.id))}
                >
                  <Icon name="crown" />
                </button>
                <button
                  type="button"
                  class="icon-button"
                  title="Put out"
                  aria-label={`Put ${user.displayName} out of the party`}
                  onClick={() => act.run(() => social.kick(user.id))}
                >
                  <Icon name="close" />
                </button>
              </>
            )}
          </Person>
        ))}
      </ul>
      <ReadyCheck party={party} me={me} />
      <p class="form-error" role="alert">
        {act.error ? describeError(act.error) : ''}
      </p>
      {chat && <ChatBox key={party.id} chat={chat} me={me} moderates={leads} />}
      <CopyCode label="To join" code={party.code} testId="my-party-code" />
    </>
  );
}

function ReadyNote({ ready }: { ready: boolean }): JSX.Element {
  return ready ? (
    <span class="ready-yes">
      <Icon name="check" />
      Ready
    </span>
  ) : (
    <>Has not answered</>
  );
}
