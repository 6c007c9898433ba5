import type { ComponentChildren, JSX } from 'preact';
import { type Save, savesApi } from '#shared/api/saves.ts';
import { useServices } from '../services-context.ts';
import { useAction } from '../use-action.ts';
import { describeError, sayBytes, sayMoment, saySlot } from '../words.ts';
import { DeleteButton } from './delete-button.tsx';
import { ShareSave } from './share-save.tsx';

export interface SaveItemProps {
  save: Save;
  /** The game's name, where it is not plain from the page. */
  game?: JSX.Element;
  /** In front of what every save can do. */
  children?: ComponentChildren;
  onDeleted: () => void;
}

/** One saved game: when it was saved, and what can be done with it. Deleting asks once more. */
export function SaveItem({ save, game, children, onDeleted }: SaveItemProps): JSX.Element {
  const { api } = useServices();
  const params = { id: save.id };
  const download = useAction(async () => {
    window.location.assign((await api.call(savesApi.download, { params })).url);
  });
  const remove = useAction(async () => {
    await api.call(savesApi.delete, { params });
    onDeleted();
  });
  const failure = remove.error ?? download.error;
  return (
    <li class="save-item" data-testid={`save-${save.slot}`}>
      <div class="history-text">
        <strong>
          {game}
          {game && ' · '}
          {saySlot(save.slot)}
        </strong>
        <span class="muted">
          {sayMoment(save.savedAt)} · {sayBytes(save.size)} · version {save.buildVersion}
        </span>
      </div>
      <div class="save-acts">
        {children}
        <ShareSave label="Share" saveId={async () => save.id} />
        <button
          type="button"
          class="button button-small"
          disabled={download.busy}
          onClick={() => download.run()}
        >
          Download
        </button>
        <DeleteButton testId="delete-save" busy={remove.busy} onDelete={() => remove.run()} />
      </div>
      {failure && (
        <p class="form-error" role="alert">
          {describeError(failure)}
        </p>
      )}
    </li>
  );
}
