import type { JSX } from 'preact';
import { clubsApi } from '#shared/api/clubs.ts';
import type { Presence } from '#shared/api/presence.ts';
import type { ClubRole } from '#shared/clubs.ts';
import { useServices } from '../services-context.ts';
import type { ClubModel, ClubView, Member } from './use-club.ts';

const ROLE_WORDS: Record<ClubRole, string> = { owner: 'Owner', officer: 'Officer', member: 'Member' };

const STATUS_WORDS: Record<Presence['status'], string> = {
  online: 'Online',
  playing: 'Playing',
  watching: 'Watching',
  offline: 'Offline',
};

export function MembersSection({ model, view }: { model: ClubModel; view: ClubView }): JSX.Element {
  const { members, moreMembers } = view;
  return (
    <section class="panel" aria-labelledby="members-title">
      <h2 id="members-title" class="panel-title">
        Members
      </h2>
      <ul class="club-list">
        {members.map(member => (
          <li key={member.userId} class="club-item" data-testid="club-member">
            <span
              class={
                (member.presence?.status ?? 'offline') === 'offline'
                  ? 'presence-dot'
                  : 'presence-dot presence-dot-on'
              }
              aria-hidden="true"
            />
            <div class="club-item-text">
              <strong>{member.displayName}</strong>
              <span class="muted">
                {ROLE_WORDS[member.role]} · {STATUS_WORDS[member.presence?.status ?? 'offline']}
              </span>
            </div>
            <MemberActs model={model} view={view} member={member} />
          </li>
        ))}
      </ul>
      {moreMembers && <p class="muted">And others.</p>}
    </section>
  );
}

/** What the reader may do about a member: only downwards, and not about themselves. */
function MemberActs({
  model,
  view: { club },
  member,
}: {
  model: ClubModel;
  view: ClubView;
  member: Member;
}): JSX.Element | null {
  const { api } = useServices();
  const params = { id: club.id, userId: member.userId };
  const isOwner = club.role === 'owner';
  const outranks = isOwner ? member.role !== 'owner' : club.role === 'officer' && member.role === 'member';
  if (!outranks) return null;
  const act = (label: string, work: () => Promise<unknown>, danger = false) => (
    <button
      type="button"
      class={`button button-small ${danger ? 'button-danger' : ''}`}
      disabled={model.busy}
      onClick={() => model.change(work)}
    >
      {label}
    </button>
  );
  const give = (role: ClubRole) => () => api.call(clubsApi.role, { params, body: { role } });
  return (
    <details class="member-acts">
      <summary aria-label={`What to do about ${member.displayName}`}>…</summary>
      <div class="row">
        {isOwner && member.role === 'member' && act('Make an officer', give('officer'))}
        {isOwner && member.role === 'officer' && act('Make a plain member', give('member'))}
        {isOwner && act('Hand the club over', give('owner'), true)}
        {act('Put out', () => api.call(clubsApi.standingOf, { params, body: { event: 'kick' } }), true)}
        {act('Ban', () => api.call(clubsApi.standingOf, { params, body: { event: 'ban' } }), true)}
      </div>
    </details>
  );
}
