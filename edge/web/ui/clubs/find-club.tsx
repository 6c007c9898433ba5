import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { type Club, clubNumberSchema, clubsApi } from '#shared/api/clubs.ts';
import { Link } from '../link.tsx';
import { useServices } from '../services-context.ts';
import { useAction } from '../use-action.ts';
import { describeError } from '../words.ts';
import { ClubWords } from './clubs-page.tsx';

/** Finds clubs by number or name, and applies to them. */
export function FindClub({ onApplied }: { onApplied: () => void }): JSX.Element {
  const { api } = useServices();
  const words = useSignal('');
  const found = useSignal<Club[] | null>(null);
  const search = useAction(async () => {
    const wanted = words.value.trim();
    const byNumber = clubNumberSchema.safeParse(wanted).success;
    const query = byNumber ? { number: wanted } : { name: wanted };
    found.value = (await api.call(clubsApi.search, { query: { ...query, limit: 20 } })).items;
  });
  const apply = useAction(async (club: Club) => {
    await api.call(clubsApi.standing, { params: { id: club.id }, body: { event: 'apply' } });
    found.value =
      found.value?.map(one => (one.id === club.id ? { ...one, standing: 'applied' } : one)) ?? null;
    onApplied();
  });
  const failure = apply.error ?? search.error;
  return (
    <section class="panel" aria-labelledby="find-club-title">
      <h2 id="find-club-title" class="panel-title">
        Find a club
      </h2>
      <form
        class="row club-form"
        onSubmit={event => {
          event.preventDefault();
          search.run();
        }}
      >
        <input
          class="input"
          aria-label="Number or name of a club"
          placeholder="Number or name"
          required
          minLength={2}
          maxLength={40}
          value={words.value}
          data-testid="find-club"
          onInput={event => {
            words.value = event.currentTarget.value;
          }}
        />
        <button type="submit" class="button" disabled={search.busy}>
          Find
        </button>
      </form>
      <p class="form-error" role="alert">
        {failure ? describeError(failure) : ''}
      </p>
      {found.value?.length === 0 && <p class="muted">No club has this number, or a name that begins so.</p>}
      <ul class="club-list">
        {found.value?.map(club => (
          <li key={club.id} class="club-item" data-testid="found-club">
            <ClubWords club={club} />
            {club.standing === 'member' && (
              <Link to={{ page: 'club', clubId: club.id }} class="button button-small">
                Open
              </Link>
            )}
            {club.standing === 'applied' && <span class="muted">Applied</span>}
            {club.standing !== 'member' && club.standing !== 'applied' && (
              <button
                type="button"
                class="button button-small"
                disabled={apply.busy}
                onClick={() => apply.run(club)}
              >
                Apply
              </button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
