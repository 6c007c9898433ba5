import { describe, expect, it } from 'vitest';
import { legalMoves } from '../testing/transitions.ts';
import { SAVE_EVENTS, SAVE_STATES, SAVE_TABLE } from './saves.ts';

/** Every legal move, written out again by hand: a change of the table must be made twice, on purpose. */
const LEGAL = [
  'uploading complete good',
  'uploading supersede deleted',
  'uploading expire deleted',
  'uploading delete deleted',
  'good supersede deleted',
  'good delete deleted',
];

describe('the life of a save', () => {
  it('takes each legal move and refuses every other', () => {
    expect(legalMoves(SAVE_STATES, SAVE_EVENTS, SAVE_TABLE)).toEqual(LEGAL.toSorted());
  });
});
