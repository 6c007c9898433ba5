import { z } from 'zod';

/** Items on a page when the caller does not say, and at most: an answer stays well under 1 MB. */
export const PAGE_SIZE = 50;
export const PAGE_SIZE_MAX = 200;

/** The part of a query that pages through a list. The cursor is opaque: it comes from the page before. */
export const pageQuery = {
  cursor: z.string().max(512).optional(),
  limit: z.coerce.number().int().min(1).max(PAGE_SIZE_MAX).default(PAGE_SIZE),
};
export const pageQuerySchema = z.object(pageQuery);

/** A page of a list; `nextCursor` is null on the last one. */
export function pageOf<S extends z.ZodType>(item: S) {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() });
}
export interface Page<T> {
  items: T[];
  nextCursor: string | null;
}
