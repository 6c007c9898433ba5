import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { momentSchema } from '#shared/api/time.ts';
import { decodeCursor, encodeCursor, toPage } from './cursor.ts';

const schema = z.tuple([momentSchema, z.string()]);
const key = ['2026-01-01T00:00:00Z', 'x'];

describe('a cursor', () => {
  it('brings the sort key of the last item back, and none after the last page', () => {
    const page = toPage([1, 2, 3], 2, item => [item]);
    expect(page.items).toEqual([1, 2]);
    expect(decodeCursor(z.tuple([z.int()]), page.nextCursor ?? '')).toEqual([2]);
    expect(toPage([1, 2], 2, item => [item]).nextCursor).toBeNull();
    expect(decodeCursor(schema, encodeCursor(key))).toEqual(key);
    expect(decodeCursor(schema, undefined)).toBeUndefined();
  });

  it.each([
    ['is none', 'nonsense'],
    ['is of another list', encodeCursor([1])],
    ['has a character that Postgres cannot hold', encodeCursor(['2026-01-01T00:00:00Z', '\0'])],
    ['has half a character', encodeCursor(['2026-01-01T00:00:00Z', '\ud800'])],
    ['has a year that Postgres does not have', encodeCursor(['0000-01-01T00:00:00Z', 'x'])],
  ])('is refused by its field when it %s', (_, cursor) => {
    expect(() => decodeCursor(schema, cursor)).toThrow(
      expect.objectContaining({
        code: 'invalid_request',
        details: { issues: [{ path: 'cursor', message: 'not one that a page of this list gave' }] },
      }),
    );
  });
});
