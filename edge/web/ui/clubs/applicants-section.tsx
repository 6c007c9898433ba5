import type { JSX } from 'preact';
import { clubsApi } from '#shared/api/clubs.ts';
import { useServices } from '../services-context.ts';
import type { ClubModel, ClubView } from './use-club.ts';

/** Who waits for an answer of the officers. */
export function ApplicantsSection({ model, view }: { model: ClubModel; view: ClubView }): JSX.Element {
  const { api } = useServices();
  const { club, applicants } = view;
  const answer = (userId: string, event: 'approve' | 'decline') =>
    model.change(() => api.call(clubsApi.standingOf, { params: { id: club.id, userId }, body: { event } }));
  return (
    <section class="panel" aria-labelledby="applicants-title">
      <h2 id="applicants-title" class="panel-title">
        Want to join
      </h2>
      <ul class="club-list">
        {applicants.map(({ userId, displayName, message }) => (
          <li key={userId} class="club-item" data-testid="applicant">
            <div class="club-item-text">
              <strong>{displayName}</strong>
              {message !== '' && <span class="muted">“{message}”</span>}
            </div>
            <button
              type="button"
              class="button button-small button-primary"
              data-testid="approve"
              disabled={model.busy}
              onClick={() => answer(userId, 'approve')}
            >
              Let in
            </button>
            <button
              type="button"
              class="button button-small"
              disabled={model.busy}
              onClick={() => answer(userId, 'decline')}
            >
              Decline
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
