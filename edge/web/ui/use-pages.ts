import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { NearcadeError } from '#shared/errors.ts';
import { useAction } from './use-action.ts';

export interface Pages<T> {
  /** Null until the first page is there. */
  readonly items: readonly T[] | null;
  /** There is more to be had. */
  readonly more: boolean;
  readonly busy: boolean;
  readonly error: NearcadeError | null;
  /** Reads the next page, or the one that failed again. */
  load(): void;
}

type Read<T> = (page: { cursor?: string }) => Promise<{ items: readonly T[]; nextCursor: string | null }>;

/** A list that comes page by page: the first at once, and anew when `key` changes. */
export function usePages<T>(read: Read<T>, key = ''): Pages<T> {
  const items = useSignal<readonly T[] | null>(null);
  const next = useSignal<string | null>(null);
  const wanted = useSignal(key);
  const act = useAction(async () => {
    let begun: string;
    do {
      begun = wanted.peek();
      const cursor = next.peek();
      const page = await read(cursor === null ? {} : { cursor });
      if (begun !== wanted.peek()) continue;
      items.value = [...(items.peek() ?? []), ...page.items];
      next.value = page.nextCursor;
    } while (begun !== wanted.peek());
  });
  useEffect(() => {
    wanted.value = key;
    items.value = null;
    next.value = null;
    act.run();
  }, [key]);
  return {
    items: items.value,
    more: next.value !== null,
    busy: act.busy,
    error: act.error,
    load: () => act.run(),
  };
}
