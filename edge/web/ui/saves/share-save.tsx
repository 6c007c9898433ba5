import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { type SaveShare, saveSharesApi } from '#shared/api/save-shares.ts';
import { pathOf } from '../../app/router.ts';
import { CopyField } from '../copy-field.tsx';
import { Icon } from '../icons.tsx';
import { useServices } from '../services-context.ts';
import { useAction } from '../use-action.ts';
import { describeError } from '../words.ts';

export function momentUrl(token: string): string {
  return `${window.location.origin}${pathOf({ page: 'moment', token })}`;
}

/** A button that becomes a link to the save that `saveId` answers. */
export function ShareSave({ label, saveId }: { label: string; saveId: () => Promise<string> }): JSX.Element {
  const { api } = useServices();
  const share = useSignal<SaveShare | null>(null);
  const act = useAction(async () => {
    share.value = await api.call(saveSharesApi.create, { params: { id: await saveId() }, body: {} });
  });
  const token = share.value?.token;
  if (token) return <CopyField label="Others start from here" url={momentUrl(token)} testId="moment-link" />;
  return (
    <>
      <button
        type="button"
        class="button button-small"
        data-testid="share-save"
        disabled={act.busy}
        onClick={() => act.run()}
      >
        <Icon name="share" />
        {label}
      </button>
      {act.error && (
        <p class="form-error" role="alert">
          {describeError(act.error)}
        </p>
      )}
    </>
  );
}
