import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { asNearcadeError } from '#shared/api/client.ts';
import type { Page } from '#shared/api/page.ts';
import type { NearcadeError } from '#shared/errors.ts';

export interface Pages<T> {
  /** Null until the first page is there. */
  readonly items: readonly T[] | null;
  readonly isMore: boolean;
  readonly busy: boolean;
  readonly error: NearcadeError | null;
  /** Loads the next page, or the one that failed. */
  more(): void;
  /** Begins anew. */
  reload(): void;
}

/**
 * A list that comes page by page; `load` is given the cursor of the next one. Begins anew when `key` changes: what was asked for
 * before that and comes later is thrown away.
 */
export function usePages<T>(key: string, load: (page: { cursor?: string }) => Promise<Page<T>>): Pages<T> {
  const items = useSignal<readonly T[] | null>(null);
  const next = useSignal<string | null>(null);
  const busy = useSignal(false);
  const error = useSignal<NearcadeError | null>(null);
  const turn = useSignal(0);
  const read = (cursor: string | null) => {
    const current = turn.peek() + 1;
    turn.value = current;
    busy.value = true;
    error.value = null;
    load(cursor === null ? {} : { cursor })
      .then(page => {
        if (turn.peek() !== current) return;
        items.value = cursor === null ? page.items : [...(items.peek() ?? []), ...page.items];
        next.value = page.nextCursor;
      })
      .catch((cause: unknown) => {
        if (turn.peek() === current) error.value = asNearcadeError(cause);
      })
      .finally(() => {
        if (turn.peek() === current) busy.value = false;
      });
  };
  useEffect(() => read(null), [key]);
  return {
    items: items.value,
    isMore: next.value !== null,
    busy: busy.value,
    error: error.value,
    more: () => read(items.peek() === null ? null : next.peek()),
    reload: () => read(null),
  };
}
