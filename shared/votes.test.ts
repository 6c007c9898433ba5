import { describe, expect, it } from 'vitest';
import { legalMoves } from './testing/transitions.ts';
import { VOTE_EVENTS, VOTE_STATES, VOTE_TABLE } from './votes.ts';

/** Written out again by hand: a change of the table must be made twice, on purpose. */
const LEGAL = ['open carry passed', 'open lapse void', 'open reject rejected', 'passed enact enacted'];

describe('a vote to dissolve a room', () => {
  it('takes each legal move and refuses every other', () => {
    expect(legalMoves(VOTE_STATES, VOTE_EVENTS, VOTE_TABLE)).toEqual(LEGAL);
  });
});
