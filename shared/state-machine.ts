import { NearcadeError } from './errors.ts';

/** For each state, the events that it takes and the state each leads to. An absent event is illegal there. */
export type TransitionTable<State extends string, Event extends string> = Readonly<
  Record<State, Readonly<Partial<Record<Event, State>>>>
>;

/** The state that `event` leads to from `state`; throws `illegal_transition`. */
export function nextState<State extends string, Event extends string>(
  table: TransitionTable<State, Event>,
  state: State,
  event: Event,
): State {
  const next = table[state][event];
  if (next === undefined) {
    throw new NearcadeError('illegal_transition', `${event} is not possible in the state ${state}`, {
      details: { state, event },
    });
  }
  return next;
}

/** The states from which `event` is legal, e.g. for the WHERE clause of a conditional update. */
export function statesThatTake<State extends string, Event extends string>(
  table: TransitionTable<State, Event>,
  event: Event,
): State[] {
  return (Object.keys(table) as State[]).filter(state => table[state][event] !== undefined);
}
