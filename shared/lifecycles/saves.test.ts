import { describe, expect, it } from 'vitest';
import { NearcadeError } from '../errors.ts';
import { nextState } from '../state-machine.ts';
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
  const pairs = SAVE_STATES.flatMap(state => SAVE_EVENTS.map(event => ({ state, event })));

  it.each(pairs)('$event in the state $state is taken or refused as written', ({ state, event }) => {
    const legal = LEGAL.find(move => move.startsWith(`${state} ${event} `));
    if (legal === undefined) {
      expect(() => nextState(SAVE_TABLE, state, event)).toThrow(NearcadeError);
    } else {
      expect(`${state} ${event} ${nextState(SAVE_TABLE, state, event)}`).toBe(legal);
    }
  });
});
