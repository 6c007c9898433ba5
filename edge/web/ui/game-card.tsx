import type { JSX } from 'preact';
import type { Game } from '#shared/api/catalog.ts';
import { Icon } from './icons.tsx';
import { Link } from './link.tsx';
import { describePrice } from './words.ts';

export interface GameCardProps {
  game: Game;
  /** This game is being started. */
  busy: boolean;
  disabled: boolean;
  onPlay: () => void;
}

export function GameCard({ game, busy, disabled, onPlay }: GameCardProps): JSX.Element {
  return (
    <article class="card" style={{ '--accent': game.accent }} data-testid={`game-card-${game.slug}`}>
      <div class="card-cover">
        <img
          src={game.cover}
          alt=""
          width="640"
          height="360"
          loading="lazy"
          decoding="async"
          onError={event => {
            // The card's own colour is better than the sign for a broken picture.
            event.currentTarget.style.visibility = 'hidden';
          }}
        />
        <span class="chip card-price" data-testid={`price-${game.slug}`}>
          {describePrice(game.price)}
        </span>
        <span class="chip card-seats">
          <Icon name="people" />
          {game.seats === 1 ? '1 player' : `1 to ${game.seats} players`}
        </span>
      </div>
      <div class="card-body">
        <h2 class="card-title">
          <Link to={{ page: 'game', slug: game.slug }} class="text-link">
            {game.title}
          </Link>
        </h2>
        <p class="card-summary">{game.summary}</p>
        {game.controls.length > 0 && (
          <details class="card-controls">
            <summary>Controls</summary>
            <ul>
              {game.controls.map((controls, index) => (
                <li key={controls}>
                  {game.controls.length > 1 && <span class="seat-tag">Seat {index + 1}</span>}
                  {controls}
                </li>
              ))}
            </ul>
          </details>
        )}
        <button
          type="button"
          class="button button-play button-wide"
          data-testid={`play-${game.slug}`}
          aria-label={`Play ${game.title}`}
          disabled={disabled}
          onClick={onPlay}
        >
          {busy ? <span class="spinner spinner-small" /> : <Icon name="play" />}
          {busy ? 'Starting' : 'Play'}
        </button>
      </div>
    </article>
  );
}

/** Holds the place of a card, so that nothing jumps when the list arrives. */
export function GameCardPlaceholder(): JSX.Element {
  return (
    <li aria-hidden="true">
      <div class="card card-placeholder">
        <div class="card-cover" />
        <div class="card-body">
          <div class="bone bone-title" />
          <div class="bone" />
          <div class="bone bone-button" />
        </div>
      </div>
    </li>
  );
}
