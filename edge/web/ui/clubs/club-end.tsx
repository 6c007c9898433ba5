import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { type Club, clubsApi } from '#shared/api/clubs.ts';
import { useServices } from '../services-context.ts';
import type { ClubModel } from './use-club.ts';

/** The way out: members leave, the owner disbands and types the number in so that it is no slip of the finger. */
export function ClubEnd({ model, club }: { model: ClubModel; club: Club }): JSX.Element {
  const { api, router } = useServices();
  const asking = useSignal(false);
  const typed = useSignal('');
  const params = { id: club.id };
  if (!asking.value) {
    return (
      <div>
        <button
          type="button"
          class="button button-danger"
          data-testid="leave-club"
          onClick={() => {
            asking.value = true;
          }}
        >
          {club.role === 'owner' ? 'Disband the club' : 'Leave the club'}
        </button>
      </div>
    );
  }
  const isOwner = club.role === 'owner';
  const goOut = async () => {
    if (isOwner) await api.call(clubsApi.disband, { params, body: { number: typed.value } });
    else await api.call(clubsApi.standing, { params, body: { event: 'leave' } });
    router.go({ page: 'clubs' }, true);
  };
  return (
    <form
      class="notice notice-error"
      onSubmit={event => {
        event.preventDefault();
        model.change(goOut);
      }}
    >
      <p>
        {isOwner
          ? `This ends the club for all ${club.members} members. Type its number, ${club.number}, to go on.`
          : 'You can apply again later.'}
      </p>
      {isOwner && (
        <input
          class="input club-number-input"
          aria-label="The club's number"
          inputMode="numeric"
          value={typed.value}
          onInput={event => {
            typed.value = event.currentTarget.value;
          }}
        />
      )}
      <button
        type="submit"
        class="button button-small button-danger"
        disabled={model.busy || (isOwner && typed.value !== club.number)}
      >
        {isOwner ? 'Disband' : 'Leave'}
      </button>
      <button
        type="button"
        class="button button-small"
        onClick={() => {
          asking.value = false;
        }}
      >
        Stay
      </button>
    </form>
  );
}
