import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { clubsApi } from '#shared/api/clubs.ts';
import { Header } from '../header.tsx';
import { Icon } from '../icons.tsx';
import { InviteDialog } from '../invite-dialog.tsx';
import { useServices } from '../services-context.ts';
import { ScopeChat } from '../social/scope-chat.tsx';
import { describeError } from '../words.ts';
import { ApplicantsSection } from './applicants-section.tsx';
import { ClubEnd } from './club-end.tsx';
import { MembersSection } from './members-section.tsx';
import { NoticePanel } from './notice-panel.tsx';
import { TablesSection } from './tables-section.tsx';
import { type ClubModel, type ClubView, useClub } from './use-club.ts';

/** A club as its members see it; to anybody else its name and the way in. */
export function ClubPage({ clubId }: { clubId: string }): JSX.Element {
  const model = useClub(clubId);
  const { view, error } = model;
  const name = view?.club.name;
  useEffect(() => {
    document.title = name === undefined ? 'Club · Nearcade' : `${name} · Nearcade`;
  }, [name]);
  return (
    <>
      <Header />
      <main class="page clubs">
        <div role="alert">
          {error && (
            <p class="notice notice-error" data-testid="club-error">
              {describeError(error)}
              {view === null && (
                <button type="button" class="button button-small" onClick={() => model.reload()}>
                  Try again
                </button>
              )}
            </p>
          )}
        </div>
        {view && <ClubHead model={model} view={view} />}
        {view && view.club.role !== null && (
          <>
            <NoticePanel key={view.club.notice} model={model} club={view.club} />
            <TablesSection model={model} view={view} />
            {view.applicants.length > 0 && <ApplicantsSection model={model} view={view} />}
            <div class="club-columns">
              <MembersSection model={model} view={view} />
              <section class="panel" aria-labelledby="club-chat-title">
                <h2 id="club-chat-title" class="panel-title">
                  Chat
                </h2>
                <ScopeChat scope="club" scopeId={view.club.id} moderates={view.club.role !== 'member'} />
              </section>
            </div>
            <ClubEnd model={model} club={view.club} />
          </>
        )}
      </main>
    </>
  );
}

function ClubHead({ model, view: { club } }: { model: ClubModel; view: ClubView }): JSX.Element {
  const { api } = useServices();
  const inviting = useSignal(false);
  const move = (event: 'apply' | 'withdraw' | 'accept') =>
    model.change(() => api.call(clubsApi.standing, { params: { id: club.id }, body: { event } }));
  return (
    <div class="page-head">
      <div>
        <h1>{club.name}</h1>
        <p class="muted">
          No.{' '}
          <span class="room-number" data-testid="club-number">
            {club.number}
          </span>{' '}
          · {club.members} of {club.memberLimit} members · by {club.owner.displayName}
        </p>
      </div>
      {(club.role === 'owner' || club.role === 'officer') && (
        <button
          type="button"
          class="button"
          data-testid="invite-to-club"
          onClick={() => {
            inviting.value = true;
          }}
        >
          <Icon name="share" />
          Invite by link
        </button>
      )}
      {(club.standing === 'stranger' || club.standing === 'declined') && (
        <button
          type="button"
          class="button button-primary"
          disabled={model.busy}
          onClick={() => move('apply')}
        >
          Apply to join
        </button>
      )}
      {club.standing === 'applied' && (
        <button type="button" class="button" disabled={model.busy} onClick={() => move('withdraw')}>
          Withdraw the application
        </button>
      )}
      {club.standing === 'invited' && (
        <button
          type="button"
          class="button button-primary"
          disabled={model.busy}
          onClick={() => move('accept')}
        >
          Join
        </button>
      )}
      {inviting.value && (
        <InviteDialog
          to="club"
          id={club.id}
          title={`Invite to ${club.name}`}
          onClose={() => {
            inviting.value = false;
          }}
        />
      )}
    </div>
  );
}
