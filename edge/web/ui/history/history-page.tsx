import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { Header } from '../header.tsx';
import { useServices } from '../services-context.ts';
import { MatchList } from './match-list.tsx';
import { PlayList } from './play-list.tsx';

export type Titles = ReadonlyMap<string, string>;

/** What the player has played: sessions and the matches in them. */
export function HistoryPage(): JSX.Element {
  const { api } = useServices();
  const titles = useSignal<Titles>(new Map());
  useEffect(() => {
    document.title = 'History · Nearcade';
    // A game that is gone, or not read, is called by its short name.
    api.games().then(
      games => {
        titles.value = new Map(games.map(({ slug, title }) => [slug, title]));
      },
      () => {},
    );
  }, []);
  return (
    <>
      <Header />
      <main class="page history">
        <div class="page-head">
          <h1>History</h1>
        </div>
        <div class="history-columns">
          <PlayList titles={titles.value} />
          <MatchList titles={titles.value} />
        </div>
      </main>
    </>
  );
}
