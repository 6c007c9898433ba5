import type { JSX } from 'preact';
import { clubsApi } from '#shared/api/clubs.ts';
import type { ClubRole } from '#shared/clubs.ts';
import { useServices } from '../services-context.ts';
import { Person } from '../social/person.tsx';
import type { ClubModel, ClubView, Member } from './use-club.ts';

const ROLE_WORDS: Record<ClubRole, string | undefined> = {
  owner: 'Owner',
  officer: 'Officer',
  member: undefined,
};

export function MembersSection({ model, view }: { model: ClubModel; view: ClubView }): JSX.Element {
  const { members, moreMembers } = view;
  return (
    <section class="panel" aria-labelledby="members-title">
      <h2 id="members-title" class="panel-title">
        Members
      </h2>
      <ul class="club-list" data-testid="club-members">
        {members.map(member => (
          <Person
            key={member.userId}
            user={{ id: member.userId, displayName: member.displayName }}
            presence={member.presence}
            tag={ROLE_WORDS[member.role]}
          >
            <MemberActs model={model} view={view} member={member} />
          </Person>
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
