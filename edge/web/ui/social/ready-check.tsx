import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { Game } from '#shared/api/catalog.ts';
import type { Party } from '#shared/api/parties.ts';
import { Icon } from '../icons.tsx';
import { useServices } from '../services-context.ts';
import { useAction } from '../use-action.ts';
import { useNow } from '../use-now.ts';
import { PriceDialog } from '../wallet/price-dialog.tsx';
import { describeError } from '../words.ts';

/** From "is everybody ready?" to the game, as the player's part in it is. */
export function ReadyCheck({ party, me }: { party: Party; me: string }): JSX.Element {
  const { partyStart, social } = useServices();
  const act = useAction((work: () => Promise<void>) => work());
  const leads = party.leaderId === me;
  const leader = party.members.find(({ user }) => user.id === party.leaderId)?.user.displayName ?? '';
  const ready = party.members.find(({ user }) => user.id === me)?.ready ?? false;
  const missing = party.members.filter(member => !member.ready).length;
  return (
    <div class={`ready ready-${party.state}`} data-testid="ready-check" data-state={party.state}>
      {party.state === 'gathering' &&
        (leads ? (
          <button
            type="button"
            class="button button-primary button-wide"
            data-testid="ready-ask"
            disabled={act.busy}
            onClick={() => act.run(() => social.startReadyCheck())}
          >
            Is everybody ready?
          </button>
        ) : (
          <p class="muted">{leader} asks when it starts.</p>
        ))}
      {party.state === 'checking' && (
        <>
          <p class="ready-title" role="status">
            <strong>{ready ? `Waiting for ${missing} of ${party.members.length}` : 'Are you ready?'}</strong>
            <SecondsLeft until={party.until} />
          </p>
          {!ready && (
            <div class="ready-acts">
              <button
                type="button"
                class="button button-primary"
                data-testid="ready-yes"
                disabled={act.busy}
                onClick={() => act.run(() => social.answerReadyCheck(true))}
              >
                <Icon name="check" />
                Ready
              </button>
              <button
                type="button"
                class="button"
                data-testid="ready-no"
                disabled={act.busy}
                onClick={() => act.run(() => social.answerReadyCheck(false))}
              >
                Not now
              </button>
            </div>
          )}
        </>
      )}
      {party.state === 'ready' && (
        <>
          <p class="ready-title" role="status">
            <strong>Everybody is ready</strong>
            <SecondsLeft until={party.until} />
          </p>
          {leads ? <GameChoice party={party} /> : <p class="muted">{leader} picks a game.</p>}
        </>
      )}
      {party.state === 'starting' && (
        <>
          <p class="ready-title" role="status">
            <strong>The game starts</strong>
            <SecondsLeft until={party.until} />
          </p>
          <button
            type="button"
            class="button button-primary button-wide"
            data-testid="party-enter"
            disabled={partyStart.busy.value}
            onClick={() => partyStart.enter(party.id)}
          >
            {partyStart.busy.value ? <span class="spinner spinner-small" /> : <Icon name="play" />}
            Come along
          </button>
        </>
      )}
      <p class="form-error" role="alert">
        {act.error
          ? describeError(act.error)
          : partyStart.error.value && describeError(partyStart.error.value)}
      </p>
    </div>
  );
}

/** The games that seat the whole party. Who starts one that costs something pays for it. */
function GameChoice({ party }: { party: Party }): JSX.Element {
  const { api, partyStart, social } = useServices();
  const seats = party.members.length;
  const priced = useSignal<Game | null>(null);
  const games = useSignal<Game[]>([]);
  const chosen = useSignal('');
  const load = useAction(async () => {
    games.value = (await api.games()).filter(game => game.seats >= seats);
    chosen.value = games.value[0]?.slug ?? '';
  });
  const start = useAction((game: Game) => {
    partyStart.agree(party.id, game.price.credits);
    return social.start(game.slug);
  });
  const choose = (game: Game | undefined) => {
    if (game === undefined) return;
    if (game.price.credits > 0) priced.value = game;
    else start.run(game);
  };
  useEffect(() => load.run(), [seats]);
  const failure = load.error ?? start.error;
  return (
    <form
      class="ready-acts"
      onSubmit={event => {
        event.preventDefault();
        choose(games.peek().find(({ slug }) => slug === chosen.peek()));
      }}
    >
      {games.value.length === 0 && !load.busy ? (
        <p class="muted">No game seats {seats} players.</p>
      ) : (
        <>
          <select
            class="input"
            aria-label="Game"
            data-testid="party-game"
            value={chosen.value}
            onChange={event => {
              chosen.value = event.currentTarget.value;
            }}
          >
            {games.value.map(game => (
              <option key={game.slug} value={game.slug}>
                {game.title}
              </option>
            ))}
          </select>
          <button
            type="submit"
            class="button button-primary"
            data-testid="party-start"
            disabled={start.busy || chosen.value === ''}
          >
            <Icon name="play" />
            Start
          </button>
        </>
      )}
      {priced.value && (
        <PriceDialog
          game={priced.value}
          onPlay={() => priced.value && start.run(priced.value)}
          onClose={() => {
            priced.value = null;
          }}
        />
      )}
      {failure && (
        <p class="form-error" role="alert">
          {describeError(failure)}
        </p>
      )}
    </form>
  );
}

/** Counts down on the player's own clock, which may be off: it only says about how long. */
function SecondsLeft({ until }: { until: string | null }): JSX.Element | null {
  const now = useNow();
  if (until === null) return null;
  const left = Math.max(0, Math.round((Date.parse(until) - now.value) / 1000));
  return <span class="ready-left">{left} s</span>;
}
