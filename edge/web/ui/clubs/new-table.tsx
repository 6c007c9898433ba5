import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import type { Game } from '#shared/api/catalog.ts';
import { type Club, clubsApi } from '#shared/api/clubs.ts';
import { useServices } from '../services-context.ts';
import type { ClubModel } from './use-club.ts';

export interface NewTableProps {
  model: ClubModel;
  club: Club;
  games: readonly Game[];
}

export function NewTable({ model, club, games }: NewTableProps): JSX.Element {
  const { api } = useServices();
  const slug = useSignal<string | null>(null);
  const seats = useSignal<number | null>(null);
  const byOwner = useSignal(false);
  const game = games.find(one => one.slug === slug.value) ?? games[0];
  const most = game?.seats ?? 1;
  return (
    <form
      class="notice new-table"
      aria-label="New table"
      onSubmit={event => {
        event.preventDefault();
        if (game === undefined) return;
        const body = {
          game: game.slug,
          seats: Math.min(seats.value ?? most, most),
          payer: byOwner.value ? ('owner' as const) : ('host' as const),
        };
        model.change(() => api.call(clubsApi.createTable, { params: { id: club.id }, body }));
      }}
    >
      <label class="new-table-field">
        <span>Game</span>
        <select
          class="input"
          data-testid="new-table-game"
          value={game?.slug ?? ''}
          onChange={event => {
            slug.value = event.currentTarget.value;
            seats.value = null;
          }}
        >
          {games.map(one => (
            <option key={one.slug} value={one.slug}>
              {one.title}
            </option>
          ))}
        </select>
      </label>
      <label class="new-table-field">
        <span>Seats</span>
        <select
          class="input"
          value={String(seats.value ?? most)}
          onChange={event => {
            seats.value = Number(event.currentTarget.value);
          }}
        >
          {Array.from({ length: most }, (_, index) => (
            <option key={index} value={String(index + 1)}>
              {index + 1}
            </option>
          ))}
        </select>
      </label>
      {club.role === 'owner' && (
        <label class="new-table-check">
          <input
            type="checkbox"
            checked={byOwner.value}
            onChange={event => {
              byOwner.value = event.currentTarget.checked;
            }}
          />
          <span>I pay for what is played</span>
        </label>
      )}
      <button
        type="submit"
        class="button"
        data-testid="new-table"
        disabled={model.busy || game === undefined}
      >
        Set up a table
      </button>
    </form>
  );
}
