import type { JSX } from 'preact';
import { clubsApi } from '#shared/api/clubs.ts';
import { Field } from '../field.tsx';
import { useServices } from '../services-context.ts';
import { useAction } from '../use-action.ts';
import { describeError } from '../words.ts';

export function FoundClub(): JSX.Element {
  const { api, router } = useServices();
  const found = useAction(async (name: string) => {
    const club = await api.call(clubsApi.create, { body: { name } });
    router.go({ page: 'club', clubId: club.id });
  });
  return (
    <form
      class="panel"
      aria-labelledby="found-club-title"
      onSubmit={event => {
        event.preventDefault();
        found.run(String(new FormData(event.currentTarget).get('name') ?? ''));
      }}
    >
      <h2 id="found-club-title" class="panel-title">
        Found a club
      </h2>
      <p class="muted">Tables of your own for the people you play with. You decide who comes in.</p>
      <Field label="Name" hint="2 to 40 letters" name="name" autocomplete="off" testId="club-name" />
      <p class="form-error" role="alert">
        {found.error ? describeError(found.error) : ''}
      </p>
      <button
        type="submit"
        class="button button-primary"
        disabled={found.busy}
        data-testid="found-club-button"
      >
        Found the club
      </button>
    </form>
  );
}
