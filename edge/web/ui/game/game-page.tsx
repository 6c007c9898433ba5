import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { Game } from '#shared/api/catalog.ts';
import { historyApi } from '#shared/api/history.ts';
import type { Board } from '#shared/leaderboards.ts';
import { warmUpPlayer } from '../../session/load.ts';
import { ErrorPage } from '../error-page.tsx';
import { Header } from '../header.tsx';
import { Icon } from '../icons.tsx';
import { Loading } from '../loading.tsx';
import { GameSaves } from '../saves/game-saves.tsx';
import { useServices } from '../services-context.ts';
import { useAction } from '../use-action.ts';
import { useStart } from '../use-start.ts';
import { PriceDialog } from '../wallet/price-dialog.tsx';
import { describeError, describePrice } from '../words.ts';
import { Leaderboard } from './leaderboard.tsx';

/** One game: what it is, how it is played, who is best at it. */
export function GamePage({ slug }: { slug: string }): JSX.Element {
  const { api, roundTrips } = useServices();
  const game = useSignal<Game | null>(null);
  const boards = useSignal<Board[]>([]);
  const start = useStart();
  const load = useAction(async () => {
    game.value = await api.game(slug);
    document.title = `${game.value.title} · Nearcade`;
    boards.value = (await api.call(historyApi.boards, { params: { game: slug } })).boards;
  });
  useEffect(() => {
    load.run();
    void warmUpPlayer();
    void roundTrips.measure();
  }, []);
  const found = game.value;
  if (found === null) {
    if (load.error === null) return <Loading />;
    return (
      <ErrorPage title="The game can't be shown" text={describeError(load.error)} again={() => load.run()} />
    );
  }
  return (
    <>
      <Header />
      <main class="page game" style={{ '--accent': found.accent }}>
        <section class="game-head">
          <img class="game-cover" src={found.cover} alt="" width="640" height="360" />
          <div class="game-text">
            <h1>{found.title}</h1>
            <p class="muted">
              {found.developer} · {found.seats === 1 ? '1 player' : `1 to ${found.seats} players`} ·{' '}
              {describePrice(found.price)}
            </p>
            <p class="game-description">{found.description || found.summary}</p>
            <button
              type="button"
              class="button button-play"
              data-testid={`play-${found.slug}`}
              disabled={start.busy !== null}
              onClick={() => start.begin(found)}
            >
              {start.busy === null ? <Icon name="play" /> : <span class="spinner spinner-small" />}
              {start.busy === null ? 'Play' : 'Starting'}
            </button>
            <p class="form-error" role="alert">
              {start.error ? describeError(start.error) : ''}
            </p>
          </div>
        </section>
        <GameSaves game={found} start={start} />
        {found.controls.length > 0 && (
          <section class="panel" aria-labelledby="game-controls">
            <h2 id="game-controls" class="panel-title">
              Controls
            </h2>
            <ul class="history-list">
              {found.controls.map((controls, index) => (
                <li key={controls}>
                  {found.controls.length > 1 && <span class="seat-tag">Seat {index + 1}</span>} {controls}
                </li>
              ))}
            </ul>
          </section>
        )}
        {boards.value.map(board => (
          <Leaderboard key={board.id} game={found.slug} board={board} />
        ))}
        {start.priced && (
          <PriceDialog game={start.priced} onPlay={() => start.pay()} onClose={() => start.decline()} />
        )}
      </main>
    </>
  );
}
