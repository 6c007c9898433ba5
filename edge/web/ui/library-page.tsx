import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { Game } from '#shared/api/catalog.ts';
import type { Entry } from '#shared/api/play.ts';
import { warmUpPlayer } from '../session/load.ts';
import { ContinueBanner } from './continue-banner.tsx';
import { GameCard, GameCardPlaceholder } from './game-card.tsx';
import { GameSearch, useGameSearch } from './game-search.tsx';
import { Header } from './header.tsx';
import { JoinRoomForm } from './join-room-form.tsx';
import { useServices } from './services-context.ts';
import { useAction } from './use-action.ts';
import { useStart } from './use-start.ts';
import { PriceDialog } from './wallet/price-dialog.tsx';
import { describeError } from './words.ts';

const PLACEHOLDERS = ['a', 'b', 'c', 'd'];

export function LibraryPage(): JSX.Element {
  const { api, current, desk, roundTrips, router } = useServices();
  const games = useSignal<Game[] | null>(null);
  const search = useGameSearch(games);
  const load = useAction(async () => {
    const [found] = await Promise.all([api.games(), current.read()]);
    search.offerFor(found);
    games.value = found;
  });
  const enter = (entry: Entry) => {
    desk.leave(entry);
    router.go({ page: 'play', sessionId: entry.session.id });
  };
  const start = useStart();
  useEffect(() => {
    document.title = 'Nearcade';
    load.run();
    void warmUpPlayer();
    void roundTrips.measure();
  }, []);
  const failure = start.error ?? load.error ?? search.error;
  return (
    <>
      <Header />
      <main class="page">
        {current.place.value && (
          <ContinueBanner key={current.place.value.session.id} place={current.place.value} />
        )}
        <div class="page-head">
          <h1>Library</h1>
          {search.offered && <GameSearch search={search} />}
          <JoinRoomForm onJoined={enter} />
        </div>
        <div role="alert">
          {failure && (
            <p class="notice notice-error" data-testid="library-error">
              {describeError(failure)}
              {load.error && (
                <button type="button" class="button button-small" onClick={() => load.run()}>
                  Try again
                </button>
              )}
            </p>
          )}
        </div>
        <ul class="game-grid">
          {games.value?.map(game => (
            <li key={game.slug}>
              <GameCard
                game={game}
                busy={start.busy === game.slug}
                disabled={start.busy !== null}
                onPlay={() => start.begin(game)}
              />
            </li>
          ))}
          {!games.value && !load.error && PLACEHOLDERS.map(key => <GameCardPlaceholder key={key} />)}
        </ul>
        {games.value?.length === 0 && (
          <p class="muted">{search.offered ? 'No game has these words.' : 'There are no games yet.'}</p>
        )}
        {start.priced && (
          <PriceDialog
            key={start.priced.slug}
            game={start.priced}
            onPlay={() => start.pay()}
            onClose={() => start.decline()}
          />
        )}
      </main>
    </>
  );
}
