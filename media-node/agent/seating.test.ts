import { describe, expect, it } from 'vitest';
import { SEAT_RIGHTS } from '#shared/seat-rights.ts';
import { Seating } from './seating.ts';

describe('the rights of seats', () => {
  it('are all of them until somebody says otherwise, for that seat alone', () => {
    const seating = new Seating();
    expect(seating.rightsOf(2)).toEqual(SEAT_RIGHTS);
    expect(seating.set(2, ['keyboard'], 1)).toEqual(['mouse', 'pad', 'voice']);
    expect(SEAT_RIGHTS.filter(right => seating.may(2, right))).toEqual(['keyboard']);
    expect(seating.rightsOf(1)).toEqual(SEAT_RIGHTS);
  });

  it('are the newest that were said, whichever comes first', () => {
    const seating = new Seating();
    seating.set(1, [], 7);
    expect(seating.set(1, ['keyboard', 'mouse'], 6)).toBeUndefined();
    expect(seating.rightsOf(1)).toEqual([]);
    expect(seating.set(1, ['mouse'], 8)).toEqual([]);
    expect(seating.rightsOf(1)).toEqual(['mouse']);
  });
});
