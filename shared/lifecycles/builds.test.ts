import { describe, expect, it } from 'vitest';
import { legalMoves } from '../testing/transitions.ts';
import { BUILD_EVENTS, BUILD_STATES, BUILD_TABLE } from './builds.ts';

/** Every legal move, written out again by hand: a change of the table must be made twice, on purpose. */
const LEGAL = [
  'draft publish published',
  'draft retire retired',
  'draft upload draft',
  'published publish published',
  'published retire retired',
];

describe('the life of a build', () => {
  it('takes each legal move and refuses every other', () => {
    expect(legalMoves(BUILD_STATES, BUILD_EVENTS, BUILD_TABLE)).toEqual(LEGAL);
  });
});
