import { describe, expect, it } from 'vitest';
import type { NearcadeError } from './errors.ts';
import { nextState } from './state-machine.ts';
import { VOTE_EVENTS, VOTE_STATES, VOTE_TABLE } from './votes.ts';

/** Written out again by hand: a change of the table must be made twice, on purpose. */
const LEGAL = ['open carry passed', 'open lapse void', 'open reject rejected', 'passed enact enacted'];

describe('a vote to dissolve a room', () => {
  it('takes each legal move and refuses every other', () => {
    const taken: string[] = [];
    for (const state of VOTE_STATES) {
      for (const event of VOTE_EVENTS) {
        try {
          taken.push(`${state} ${event} ${nextState(VOTE_TABLE, state, event)}`);
        } catch (error) {
          expect((error as NearcadeError).code).toBe('illegal_transition');
        }
      }
    }
    expect(taken.sort()).toEqual(LEGAL);
  });
});
