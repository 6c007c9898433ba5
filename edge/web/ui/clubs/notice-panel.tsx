import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { type Club, clubsApi } from '#shared/api/clubs.ts';
import { useServices } from '../services-context.ts';
import type { ClubModel } from './use-club.ts';

/** What the club tells its members; officers write it. */
export function NoticePanel({ model, club }: { model: ClubModel; club: Club }): JSX.Element | null {
  const { api } = useServices();
  const draft = useSignal<string | null>(null);
  const notice = club.notice ?? '';
  const isOfficer = club.role === 'owner' || club.role === 'officer';
  if (draft.value !== null) {
    return (
      <form
        class="panel"
        aria-label="Notice"
        onSubmit={event => {
          event.preventDefault();
          const text = draft.value ?? '';
          draft.value = null;
          model.change(() => api.call(clubsApi.change, { params: { id: club.id }, body: { notice: text } }));
        }}
      >
        <textarea
          class="input club-notice-input"
          aria-label="Notice to the members"
          maxLength={500}
          rows={4}
          value={draft.value}
          onInput={event => {
            draft.value = event.currentTarget.value;
          }}
        />
        <div class="row">
          <button type="submit" class="button button-primary button-small" data-testid="save-notice">
            Save
          </button>
          <button
            type="button"
            class="button button-small"
            onClick={() => {
              draft.value = null;
            }}
          >
            Cancel
          </button>
        </div>
      </form>
    );
  }
  if (notice === '' && !isOfficer) return null;
  return (
    <section class="notice club-notice" aria-label="Notice">
      <p class={notice === '' ? 'muted' : ''} data-testid="club-notice">
        {notice === '' ? 'No notice to the members yet.' : notice}
      </p>
      {isOfficer && (
        <button
          type="button"
          class="button button-small"
          data-testid="edit-notice"
          onClick={() => {
            draft.value = notice;
          }}
        >
          {notice === '' ? 'Write one' : 'Change'}
        </button>
      )}
    </section>
  );
}
