import type { JSX } from 'preact';
import type { Pages } from './use-pages.ts';
import { describeError } from './words.ts';

/** Below a list that comes page by page: that it is empty, that it failed, or the way to more of it. */
export function PageEnd({ pages, empty }: { pages: Pages<unknown>; empty: string }): JSX.Element {
  return (
    <div class="page-end">
      {pages.items?.length === 0 && <p class="muted">{empty}</p>}
      {pages.items === null && pages.busy && <span class="spinner" role="status" aria-label="Loading" />}
      <p class="form-error" role="alert">
        {pages.error ? describeError(pages.error) : ''}
      </p>
      {(pages.more || pages.error) && (
        <button type="button" class="button" disabled={pages.busy} onClick={() => pages.load()}>
          {pages.error ? 'Try again' : 'Show more'}
        </button>
      )}
    </div>
  );
}
