import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { Game } from '#shared/api/catalog.ts';
import { type ClubTable, clubsApi } from '#shared/api/clubs.ts';
import { playApi } from '#shared/api/play.ts';
import { warmUpPlayer } from '../../session/load.ts';
import { Icon } from '../icons.tsx';
import { useServices } from '../services-context.ts';
import { useAction } from '../use-action.ts';
import { PriceDialog } from '../wallet/price-dialog.tsx';
import { describeError } from '../words.ts';
import { NewTable } from './new-table.tsx';
import type { ClubModel, ClubView } from './use-club.ts';

/** The club's tables with who sits there, and the way to a seat. */
export function TablesSection({ model, view }: { model: ClubModel; view: ClubView }): JSX.Element {
  const { api, desk, router } = useServices();
  const { club, tables } = view;
  const games = useSignal<readonly Game[]>([]);
  const priced = useSignal<{ table: ClubTable; game: Game } | null>(null);
  const load = useAction(async () => {
    games.value = await api.games();
  });
  const sit = useAction(async (table: ClubTable, maxPrice: number) => {
    performance.mark('nearcade:click');
    const entry = await api.call(playApi.create, { body: { table: table.id, maxPrice } });
    desk.leave(entry);
    router.go({ page: 'play', sessionId: entry.session.id });
  });
  useEffect(() => {
    load.run();
    void warmUpPlayer();
  }, []);
  const gameOf = (table: ClubTable) => games.value.find(game => game.slug === table.game);
  /** Who opens the session pays, unless the club's owner does. */
  const ask = (table: ClubTable) => {
    const game = gameOf(table);
    const pays = table.payer === 'host' || club.role === 'owner';
    const opens = table.session === null && pays;
    if (opens && game !== undefined && game.price.credits > 0) priced.value = { table, game };
    else sit.run(table, 0);
  };
  const endOf = async ({ session }: ClubTable) => {
    if (session !== null) await api.call(playApi.end, { params: { id: session.id } });
  };
  const isOfficer = club.role === 'owner' || club.role === 'officer';
  const failure = sit.error ?? load.error;
  return (
    <section class="club-section" aria-labelledby="tables-title">
      <h2 id="tables-title">Tables</h2>
      <p class="form-error" role="alert" data-testid="table-error">
        {failure ? describeError(failure) : ''}
      </p>
      {tables.length === 0 && (
        <p class="muted">{isOfficer ? 'Set up the first one.' : 'There are no tables yet.'}</p>
      )}
      <ul class="table-grid">
        {tables.map(table => (
          <li key={table.id} class="table-card" data-testid="club-table">
            <div class="table-head">
              <span class="table-number">{table.number}</span>
              <div class="club-item-text">
                <strong>{gameOf(table)?.title ?? table.game}</strong>
                <span class="muted">{seatWords(table)}</span>
              </div>
              {isOfficer && (
                <button
                  type="button"
                  class="icon-button"
                  title="Take the table away"
                  aria-label={`Take table ${table.number} away`}
                  disabled={model.busy}
                  onClick={() =>
                    model.change(() =>
                      api.call(clubsApi.removeTable, { params: { id: club.id, tableId: table.id } }),
                    )
                  }
                >
                  <Icon name="close" />
                </button>
              )}
            </div>
            <ul class="table-players">
              {table.session?.players.map(player => (
                <li key={player.userId} class="chip">
                  <span class="muted">{player.seat}</span> {player.displayName}
                </li>
              ))}
            </ul>
            {table.session !== null && table.payer === 'owner' && club.role === 'owner' && (
              <button
                type="button"
                class="button button-small"
                disabled={model.busy}
                onClick={() => model.change(() => endOf(table))}
              >
                End the game, which you pay for
              </button>
            )}
            <button
              type="button"
              class="button button-primary"
              data-testid="sit-down"
              disabled={sit.busy}
              onClick={() => ask(table)}
            >
              <Icon name="play" />
              {table.freeSeats === 0 ? 'Back to my seat' : 'Sit down'}
            </button>
          </li>
        ))}
      </ul>
      {isOfficer && <NewTable model={model} club={club} games={games.value} />}
      {priced.value && (
        <PriceDialog
          game={priced.value.game}
          onPlay={() => priced.value && sit.run(priced.value.table, priced.value.game.price.credits)}
          onClose={() => {
            priced.value = null;
          }}
        />
      )}
    </section>
  );
}

function seatWords({ session, freeSeats, seats, payer }: ClubTable): string {
  const paid = payer === 'owner' ? ' · the owner pays' : '';
  if (session === null) return `${seats} ${seats === 1 ? 'seat' : 'seats'}, nobody plays${paid}`;
  const free = freeSeats === 0 ? 'no seat is free' : `${freeSeats} of ${seats} seats free`;
  const watching = session.spectators === 0 ? '' : ` · ${session.spectators} watching`;
  return free + watching + paid;
}
