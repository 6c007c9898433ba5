import { useSignal } from '@preact/signals';
import { asNearcadeError } from '#shared/api/client.ts';
import type { NearcadeError } from '#shared/errors.ts';

export interface Action<Args extends unknown[]> {
  readonly busy: boolean;
  readonly error: NearcadeError | null;
  /** Does nothing while an earlier run is under way. */
  run(...args: Args): void;
  clear(): void;
}

/** Something the player started that takes a moment and may fail: one at a time, its error kept for the page. */
export function useAction<Args extends unknown[]>(work: (...args: Args) => Promise<void>): Action<Args> {
  const busy = useSignal(false);
  const error = useSignal<NearcadeError | null>(null);
  return {
    busy: busy.value,
    error: error.value,
    run: (...args) => {
      if (busy.peek()) return;
      busy.value = true;
      error.value = null;
      void work(...args)
        .catch(cause => {
          error.value = asNearcadeError(cause);
        })
        .finally(() => {
          busy.value = false;
        });
    },
    clear: () => {
      error.value = null;
    },
  };
}
