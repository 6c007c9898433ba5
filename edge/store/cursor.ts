import type { z } from 'zod';
import { requirePlainText } from '#edge/http/plain-text.ts';
import type { Page } from '#shared/api/page.ts';
import { wrongField } from '#shared/errors.ts';

/** A page's cursor: the sort key of its last item, opaque to clients. Never trusted: only ever compared with in a query. */
export function encodeCursor(key: readonly unknown[]): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

/** The sort key in a cursor, or undefined for the first page. Throws `invalid_request`. */
export function decodeCursor<S extends z.ZodType>(
  schema: S,
  cursor: string | undefined,
): z.output<S> | undefined {
  if (cursor === undefined) return undefined;
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    requirePlainText(key);
    return schema.parse(key);
  } catch (cause) {
    throw wrongField('cursor', 'not one that a page of this list gave', cause);
  }
}

/** The page in `rows`, of which one more than `limit` was asked for. `keyOf` gives an item's sort key. */
export function toPage<T>(rows: readonly T[], limit: number, keyOf: (row: T) => readonly unknown[]): Page<T> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const isMore = rows.length > limit && last !== undefined;
  return { items, nextCursor: isMore ? encodeCursor(keyOf(last)) : null };
}
