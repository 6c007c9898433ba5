import type { TransitionTable } from '../state-machine.ts';

/** A saved game, from the moment that a node asks where to put it. */
export const SAVE_STATES = ['uploading', 'good', 'deleted'] as const;
export type SaveState = (typeof SAVE_STATES)[number];

export const SAVE_EVENTS = ['complete', 'supersede', 'expire', 'delete'] as const;
export type SaveEvent = (typeof SAVE_EVENTS)[number];

/**
 * Only a complete upload becomes good, and only then is the good one before it superseded: an upload that breaks off costs
 * nothing. An upload may itself be superseded, by one that was begun later and completed earlier.
 */
export const SAVE_TABLE: TransitionTable<SaveState, SaveEvent> = {
  uploading: { complete: 'good', supersede: 'deleted', expire: 'deleted', delete: 'deleted' },
  good: { supersede: 'deleted', delete: 'deleted' },
  deleted: {},
};
