import { describe, expect, it } from 'vitest';
import { NearcadeError } from '../errors.ts';
import { nextState } from '../state-machine.ts';
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
  const pairs = BUILD_STATES.flatMap(state => BUILD_EVENTS.map(event => ({ state, event })));

  it.each(pairs)('$event in the state $state is taken or refused as written', ({ state, event }) => {
    const legal = LEGAL.find(move => move.startsWith(`${state} ${event} `));
    if (legal === undefined) {
      expect(() => nextState(BUILD_TABLE, state, event)).toThrow(NearcadeError);
      expect(() => nextState(BUILD_TABLE, state, event)).toThrow(
        `${event} is not possible in the state ${state}`,
      );
    } else {
      expect(`${state} ${event} ${nextState(BUILD_TABLE, state, event)}`).toBe(legal);
    }
  });
});
