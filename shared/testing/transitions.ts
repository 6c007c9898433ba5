import { NearcadeError } from '../errors.ts';
import { nextState, type TransitionTable } from '../state-machine.ts';

/** Every (state, event) pair of a table, tried: `state event next` of those that it takes, sorted. The others have to be refused by their code. */
export function legalMoves<State extends string, Event extends string>(
  states: readonly State[],
  events: readonly Event[],
  table: TransitionTable<State, Event>,
): string[] {
  return states.flatMap(state => events.flatMap(event => tried(table, state, event))).sort();
}

/** The moves of a list written out by hand, `state event next` with commas between, as `legalMoves` has them. */
export function moves(text: string): string[] {
  return text
    .split(',')
    .map(move => move.trim())
    .sort();
}

function tried<State extends string, Event extends string>(
  table: TransitionTable<State, Event>,
  state: State,
  event: Event,
): string[] {
  try {
    return [`${state} ${event} ${nextState(table, state, event)}`];
  } catch (error) {
    if (error instanceof NearcadeError && error.code === 'illegal_transition') return [];
    throw error;
  }
}
