import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Game } from '#shared/api/catalog.ts';
import { walletApi } from '#shared/api/wallet.ts';
import { Link } from '../link.tsx';
import { useServices } from '../services-context.ts';
import { useAction } from '../use-action.ts';
import { describeCredits, describeError, describePrice } from '../words.ts';

export interface PriceDialogProps {
  game: Game;
  onPlay: () => void;
  onClose: () => void;
}

/** Asks before a game is started that costs something, and says so when the credits are short. */
export function PriceDialog({ game, onPlay, onClose }: PriceDialogProps): JSX.Element {
  const { api } = useServices();
  const dialog = useRef<HTMLDialogElement>(null);
  const available = useSignal<number | null>(null);
  const load = useAction(async () => {
    available.value = (await api.call(walletApi.get, {})).available;
  });
  useEffect(() => {
    dialog.current?.showModal();
    load.run();
  }, []);
  const credits = available.value;
  const short = credits !== null && credits < game.price.credits;
  return (
    <dialog class="panel panel-narrow" ref={dialog} onClose={onClose} aria-labelledby="price-title">
      <h2 id="price-title" class="panel-title">
        {game.title}
      </h2>
      <p data-testid="price-question">
        {game.price.per === 'minute'
          ? `Each minute of play costs ${describeCredits(game.price.credits)}.`
          : `It costs ${describeCredits(game.price.credits)}.`}
      </p>
      <p class="muted" data-testid="price-balance">
        {credits !== null && `You have ${describeCredits(credits)}.`}
        {short && ' That is not enough.'}
        {!short && ' If the platform fails, they come back.'}
      </p>
      <p class="form-error" role="alert">
        {load.error ? describeError(load.error) : ''}
      </p>
      <div class="row">
        {short ? (
          <Link to={{ page: 'wallet' }} class="button button-primary">
            Get credits
          </Link>
        ) : (
          <button
            type="button"
            class="button button-primary"
            data-testid="price-accept"
            disabled={credits === null}
            onClick={() => {
              dialog.current?.close();
              onPlay();
            }}
          >
            Play for {describePrice(game.price)}
          </button>
        )}
        <button
          type="button"
          class="button"
          data-testid="price-decline"
          onClick={() => dialog.current?.close()}
        >
          Not now
        </button>
      </div>
    </dialog>
  );
}
