import type { TransitionTable } from './state-machine.ts';

/**
 * A vote of the seated players on dissolving their room. More than half of the seats carry it at once, and half of them against it
 * reject it at once. When the countdown ends, silence counts as yes: who wants to go on says so, and who has walked away or lost
 * the connection does not keep the others at the table. Whoever starts it has said yes.
 */
export const VOTE_STATES = ['open', 'passed', 'enacted', 'rejected', 'void'] as const;
export type VoteState = (typeof VOTE_STATES)[number];

export const VOTE_EVENTS = [
  'carry',
  'reject',
  /** The session has ended, for whatever reason, while the vote was open. */
  'lapse',
  /** The session was ended because of it. */
  'enact',
] as const;
export type VoteEvent = (typeof VOTE_EVENTS)[number];

export const VOTE_TABLE: TransitionTable<VoteState, VoteEvent> = {
  open: { carry: 'passed', reject: 'rejected', lapse: 'void' },
  passed: { enact: 'enacted' },
  enacted: {},
  rejected: {},
  void: {},
};

/** Seconds that a vote is open: enough to read it during a hand, too few to hold a table up. */
export const VOTE_COUNTDOWN_S = 60;

/** Seconds after a rejected vote before the next one in that room. */
export const VOTE_COOLDOWN_S = 120;
