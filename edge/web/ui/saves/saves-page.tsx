import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { type SaveShare, saveSharesApi } from '#shared/api/save-shares.ts';
import { type Save, savesApi } from '#shared/api/saves.ts';
import { CopyField } from '../copy-field.tsx';
import { Header } from '../header.tsx';
import { Link } from '../link.tsx';
import { PageEnd } from '../page-end.tsx';
import { useServices } from '../services-context.ts';
import { useAction } from '../use-action.ts';
import { usePages } from '../use-pages.ts';
import { describeError, sayMoment } from '../words.ts';
import { SaveItem } from './save-item.tsx';
import { momentUrl } from './share-save.tsx';

/** All saves of the player, and the moments that they share. */
export function SavesPage(): JSX.Element {
  const { api } = useServices();
  const titles = useSignal<ReadonlyMap<string, string>>(new Map());
  const gone = useSignal<ReadonlySet<string>>(new Set());
  const saves = usePages<Save>(page => api.call(savesApi.list, { query: page }));
  const shares = usePages<SaveShare>(page => api.call(saveSharesApi.mine, { query: page }));
  const forget = (id: string) => {
    gone.value = new Set([...gone.peek(), id]);
  };
  useEffect(() => {
    document.title = 'Saved games · Nearcade';
    // A game that is gone, or not read, is called by its short name.
    api.games().then(
      games => {
        titles.value = new Map(games.map(({ slug, title }) => [slug, title]));
      },
      () => {},
    );
  }, []);
  const titleOf = (game: string) => titles.value.get(game) ?? game;
  return (
    <>
      <Header />
      <main class="page history">
        <div class="page-head">
          <h1>Saved games</h1>
          <Link to={{ page: 'recordings' }} class="text-link" testId="recordings-link">
            Recordings
          </Link>
        </div>
        <section class="panel" aria-label="Saved games">
          <ul class="history-list" data-testid="saves">
            {saves.items
              ?.filter(({ id }) => !gone.value.has(id))
              .map(save => (
                <SaveItem
                  key={save.id}
                  save={save}
                  game={
                    <Link to={{ page: 'game', slug: save.game }} class="text-link">
                      {titleOf(save.game)}
                    </Link>
                  }
                  onDeleted={() => forget(save.id)}
                />
              ))}
          </ul>
          <PageEnd pages={saves} empty="Nothing yet. Games that save are kept here by themselves." />
        </section>
        <section class="panel" aria-labelledby="shares-title">
          <h2 id="shares-title" class="panel-title">
            Shared moments
          </h2>
          <ul class="history-list" data-testid="save-shares">
            {shares.items
              ?.filter(({ id }) => !gone.value.has(id))
              .map(share => (
                <ShareItem
                  key={share.id}
                  share={share}
                  title={titleOf(share.game)}
                  onEnded={() => forget(share.id)}
                />
              ))}
          </ul>
          <PageEnd pages={shares} empty="None. Share a save, and others can start from it." />
        </section>
      </main>
    </>
  );
}

function ShareItem({
  share,
  title,
  onEnded,
}: {
  share: SaveShare;
  title: string;
  onEnded: () => void;
}): JSX.Element {
  const { api } = useServices();
  const end = useAction(async () => {
    await api.call(saveSharesApi.revoke, { params: { id: share.id } });
    onEnded();
  });
  return (
    <li class="save-item">
      <div class="history-text">
        <strong>{title}</strong>
        <span class="muted">
          until {sayMoment(share.expiresAt)} · {share.usesLeft} of {share.uses} left
        </span>
      </div>
      <div class="save-acts">
        {share.token && <CopyField label="Link" url={momentUrl(share.token)} testId="moment-link" />}
        <button
          type="button"
          class="button button-small"
          data-testid="end-share"
          disabled={end.busy}
          onClick={() => end.run()}
        >
          End the link
        </button>
      </div>
      {end.error && (
        <p class="form-error" role="alert">
          {describeError(end.error)}
        </p>
      )}
    </li>
  );
}
