import { useSignal } from '@preact/signals';
import type { Game } from '#shared/api/catalog.ts';
import type { NearcadeError } from '#shared/errors.ts';
import type { SaveWish } from '../api/client.ts';
import { useServices } from './services-context.ts';
import { useAction } from './use-action.ts';

export interface Start {
  /** Short name of the game that is being started. */
  readonly busy: string | null;
  readonly error: NearcadeError | null;
  /** The game that costs something, while the player thinks about it. */
  readonly priced: Game | null;
  /** Starts a game, or asks first when it costs something. `save`: what to begin with. */
  begin(game: Game, save?: SaveWish): void;
  /** The player has agreed to the price. */
  pay(): void;
  decline(): void;
}

/** From the click on Play to the page of the session. */
export function useStart(): Start {
  const { api, current, desk, router } = useServices();
  const busy = useSignal<string | null>(null);
  const priced = useSignal<Game | null>(null);
  const wish = useSignal<SaveWish>({});
  const act = useAction(async (game: Game) => {
    performance.mark('nearcade:click');
    busy.value = game.slug;
    try {
      const entry = await api.createSession(game.slug, game.price.credits, wish.peek());
      desk.leave(entry);
      router.go({ page: 'play', sessionId: entry.session.id });
    } catch (error) {
      // A game that runs elsewhere is in the way: say which.
      await current.read().catch(() => {});
      throw error;
    } finally {
      busy.value = null;
    }
  });
  return {
    busy: busy.value,
    error: act.error,
    priced: priced.value,
    begin: (game, save = {}) => {
      act.clear();
      wish.value = save;
      if (game.price.credits === 0) act.run(game);
      else priced.value = game;
    },
    pay: () => {
      if (priced.peek() !== null) act.run(priced.peek() as Game);
    },
    decline: () => {
      priced.value = null;
    },
  };
}
