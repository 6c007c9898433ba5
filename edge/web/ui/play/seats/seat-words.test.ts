import { expect, it } from 'vitest';
import { TURN_MAX_S, TURN_MIN_S } from '#shared/api/seats.ts';
import { clockOf, lengthOf, listOf, TURN_LENGTHS } from './seat-words.ts';

it('says what is left of a turn', () => {
  expect([0, 1, 9000, 59_001, 60_000, 754_000, -5].map(clockOf)).toEqual([
    '0:00',
    '0:01',
    '0:09',
    '1:00',
    '1:00',
    '12:34',
    '0:00',
  ]);
});

it('offers turns that the platform takes, in words', () => {
  expect([Math.min(...TURN_LENGTHS), Math.max(...TURN_LENGTHS)]).toEqual([TURN_MIN_S, TURN_MAX_S]);
  expect([30, 60, 1800].map(lengthOf)).toEqual(['30 s', '1 min', '30 min']);
});

it('lists names', () => {
  expect([[], ['Ada'], ['Ada', 'Bob'], ['Ada', 'Bob', 'Cleo']].map(listOf)).toEqual([
    '',
    'Ada',
    'Ada and Bob',
    'Ada, Bob and Cleo',
  ]);
});
