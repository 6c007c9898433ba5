import { type Signal, useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { Game } from '#shared/api/catalog.ts';
import { asNearcadeError } from '#shared/api/client.ts';
import { NearcadeError } from '#shared/errors.ts';
import { useServices } from './services-context.ts';

/** Up to so many games are seen at a glance. */
const HANDFUL = 8;

/** Long enough that somebody who types on asks once, short enough to feel at once. */
const TYPING_MS = 200;

export interface GameSearch {
  /** Whether there are games enough to search among. */
  readonly offered: boolean;
  readonly error: NearcadeError | null;
  offerFor(all: readonly Game[]): void;
  type(text: string): void;
}

/** Keeps `games` to what has the words typed; the newest words win, whichever answer comes last. */
export function useGameSearch(games: Signal<Game[] | null>): GameSearch {
  const { api } = useServices();
  const offered = useSignal(false);
  const words = useSignal<string | null>(null);
  const error = useSignal<NearcadeError | null>(null);
  const asked = words.value;
  useEffect(() => {
    if (asked === null) return;
    let newest = true;
    const find = async () => {
      const found = await api.games(asked).catch(asNearcadeError);
      if (!newest) return;
      error.value = found instanceof NearcadeError ? found : null;
      if (!(found instanceof NearcadeError)) games.value = found;
    };
    const timer = setTimeout(() => void find(), TYPING_MS);
    return () => {
      newest = false;
      clearTimeout(timer);
    };
  }, [asked]);
  return {
    offered: offered.value,
    error: error.value,
    offerFor(all) {
      offered.value = all.length > HANDFUL;
    },
    type(text) {
      words.value = text;
    },
  };
}

export function GameSearch({ search }: { search: GameSearch }): JSX.Element {
  return (
    <search class="game-search">
      <label class="visually-hidden" for="game-search">
        Search games
      </label>
      <input
        id="game-search"
        class="input"
        type="search"
        autocomplete="off"
        maxLength={100}
        placeholder="Search games"
        onInput={event => search.type(event.currentTarget.value)}
        data-testid="game-search"
      />
    </search>
  );
}
