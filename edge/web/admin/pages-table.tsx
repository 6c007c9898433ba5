import type { ComponentChildren, JSX } from 'preact';
import { describeError } from '../ui/words.ts';
import type { Pages } from './use-pages.ts';

export interface PagesTableProps<T> {
  pages: Pages<T>;
  /** Heads of the columns; an empty one is for buttons. */
  columns: readonly string[];
  /** The cells of a row. */
  row: (item: T) => readonly ComponentChildren[];
  keyOf: (item: T) => string;
  testId: string;
}

/** A list of rows with what loads more of them. */
export function PagesTable<T>({ pages, columns, row, keyOf, testId }: PagesTableProps<T>): JSX.Element {
  const { items, isMore, busy, error, more } = pages;
  return (
    <div class="admin-table-frame">
      {items?.length === 0 && <p class="muted">Nothing here.</p>}
      {items !== null && items.length > 0 && (
        <table class="admin-table" data-testid={testId}>
          <thead>
            <tr>
              {columns.map(column => (
                <th key={column} scope="col">
                  {column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {items.map(item => (
              <tr key={keyOf(item)}>
                {row(item).map((cell, index) => (
                  <td key={columns[index]}>{cell}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <p class="form-error" role="alert">
        {error ? describeError(error) : ''}
      </p>
      {(isMore || error) && (
        <button type="button" class="button button-small" disabled={busy} onClick={more}>
          {error ? 'Try again' : 'More'}
        </button>
      )}
    </div>
  );
}

const WHEN = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

export function When({ at }: { at: string | null }): JSX.Element {
  if (at === null) return <span class="muted">–</span>;
  return <time dateTime={at}>{WHEN.format(new Date(at))}</time>;
}
