import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { type Recording, recordingsApi } from '#shared/api/recordings.ts';
import { Header } from '../header.tsx';
import { Link } from '../link.tsx';
import { PageEnd } from '../page-end.tsx';
import { useServices } from '../services-context.ts';
import { useAction } from '../use-action.ts';
import { usePages } from '../use-pages.ts';
import { describeError, sayBytes, sayMoment, saySpan } from '../words.ts';
import { DeleteButton } from './delete-button.tsx';

/** What the player has recorded as a host, as long as it is kept. */
export function RecordingsPage(): JSX.Element {
  const { api } = useServices();
  const gone = useSignal<ReadonlySet<string>>(new Set());
  const recordings = usePages<Recording>(page => api.call(recordingsApi.list, { query: page }));
  useEffect(() => {
    document.title = 'Recordings · Nearcade';
  }, []);
  return (
    <>
      <Header />
      <main class="page history">
        <div class="page-head">
          <h1>Recordings</h1>
        </div>
        <section class="panel" aria-label="Recordings">
          <ul class="history-list" data-testid="recordings">
            {recordings.items
              ?.filter(({ id }) => !gone.value.has(id))
              .map(recording => (
                <RecordingItem
                  key={recording.id}
                  recording={recording}
                  onDeleted={() => {
                    gone.value = new Set([...gone.peek(), recording.id]);
                  }}
                />
              ))}
          </ul>
          <PageEnd
            pages={recordings}
            empty="None. The host of a session records it, and finds it here some moments after the end."
          />
        </section>
      </main>
    </>
  );
}

/** Deleting asks once more. */
function RecordingItem({
  recording: { id, game, gameTitle, recordedAt, expiresAt, seconds, size },
  onDeleted,
}: {
  recording: Recording;
  onDeleted: () => void;
}): JSX.Element {
  const { api } = useServices();
  const params = { id };
  const download = useAction(async () => {
    window.location.assign((await api.call(recordingsApi.download, { params })).url);
  });
  const remove = useAction(async () => {
    await api.call(recordingsApi.delete, { params });
    onDeleted();
  });
  const failure = remove.error ?? download.error;
  return (
    <li class="save-item" data-testid="recording">
      <div class="history-text">
        <strong>
          <Link to={{ page: 'game', slug: game }} class="text-link">
            {gameTitle}
          </Link>
        </strong>
        <span class="muted">
          {sayMoment(recordedAt)} · {saySpan(seconds)} · {sayBytes(size)} · kept until {sayMoment(expiresAt)}
        </span>
      </div>
      <div class="save-acts">
        <button
          type="button"
          class="button button-small"
          data-testid="download-recording"
          disabled={download.busy}
          onClick={() => download.run()}
        >
          Download
        </button>
        <DeleteButton testId="delete-recording" busy={remove.busy} onDelete={() => remove.run()} />
      </div>
      {failure && (
        <p class="form-error" role="alert">
          {describeError(failure)}
        </p>
      )}
    </li>
  );
}
