import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { type SaveSharePreview, saveSharesApi } from '#shared/api/save-shares.ts';
import { warmUpPlayer } from '../../session/load.ts';
import { Header } from '../header.tsx';
import { Icon } from '../icons.tsx';
import { Link } from '../link.tsx';
import { useServices } from '../services-context.ts';
import { useAction } from '../use-action.ts';
import { useStart } from '../use-start.ts';
import { PriceDialog } from '../wallet/price-dialog.tsx';
import { describeError, sayMoment } from '../words.ts';

/** Where a link to a shared moment leads: says whose and of what, and starts a game of one's own from there. */
export function MomentPage({ token }: { token: string }): JSX.Element {
  const { api, roundTrips } = useServices();
  const preview = useSignal<SaveSharePreview | null>(null);
  const start = useStart();
  const load = useAction(async () => {
    preview.value = await api.call(saveSharesApi.preview, { body: { token } });
    void warmUpPlayer();
    void roundTrips.measure();
  });
  const begin = useAction(async () => {
    const { id, game } = await api.call(saveSharesApi.use, { body: { token } });
    start.begin(await api.game(game), { saveId: id });
  });
  useEffect(() => {
    document.title = 'A shared moment · Nearcade';
    load.run();
  }, []);
  const found = preview.value;
  const failure = start.error ?? begin.error ?? load.error;
  return (
    <>
      <Header />
      <main class="centre centre-below-header">
        <div class="panel panel-narrow invite">
          <h1 class="panel-title">{found === null ? 'A shared moment' : found.gameTitle}</h1>
          {found && (
            <>
              <p class="muted" data-testid="moment-from">
                {found.from.displayName} shares a moment of {sayMoment(found.sharedAt)}. You start your own
                game from there; theirs stays as it is.
              </p>
              <button
                type="button"
                class="button button-primary choice"
                data-testid="start-moment"
                disabled={begin.busy || start.busy !== null}
                onClick={() => begin.run()}
              >
                <Icon name="play" />
                Start from here
              </button>
            </>
          )}
          <p class="form-error" role="alert" data-testid="moment-error">
            {failure ? describeError(failure) : ''}
          </p>
          {failure && (
            <Link to={{ page: 'library' }} class="button">
              To the library
            </Link>
          )}
        </div>
        {start.priced && (
          <PriceDialog game={start.priced} onPlay={() => start.pay()} onClose={() => start.decline()} />
        )}
      </main>
    </>
  );
}
