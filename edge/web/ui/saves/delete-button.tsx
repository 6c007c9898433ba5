import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';

export interface DeleteButtonProps {
  testId: string;
  busy: boolean;
  onDelete: () => void;
}

/** What it deletes does not come back, so it is pressed twice. */
export function DeleteButton({ testId, busy, onDelete }: DeleteButtonProps): JSX.Element {
  const asking = useSignal(false);
  return (
    <button
      type="button"
      class={asking.value ? 'button button-small button-danger' : 'button button-small'}
      data-testid={testId}
      disabled={busy}
      onClick={() => {
        if (asking.value) onDelete();
        else asking.value = true;
      }}
    >
      {asking.value ? 'Delete it for good' : 'Delete'}
    </button>
  );
}
