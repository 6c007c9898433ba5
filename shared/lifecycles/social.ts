import type { TransitionTable } from '../state-machine.ts';

/** How a player stands to another one, as the first of them sees it. `none` is no row in the database. */
export const FRIEND_STATES = ['none', 'asking', 'asked', 'friends', 'blocked'] as const;
export type FriendState = (typeof FRIEND_STATES)[number];

export const FRIEND_EVENTS = ['ask', 'accept', 'decline', 'cancel', 'remove', 'block', 'unblock'] as const;
export type FriendEvent = (typeof FRIEND_EVENTS)[number];

/**
 * What the player may do; the other side follows by MIRRORED_FRIEND_STATE. Doing something twice leaves it done, so that
 * a repeated request needs no key; asking who has asked is accepting.
 */
export const FRIEND_TABLE: TransitionTable<FriendState, FriendEvent> = {
  none: {
    ask: 'asking',
    decline: 'none',
    cancel: 'none',
    remove: 'none',
    block: 'blocked',
    unblock: 'none',
  },
  asking: { ask: 'asking', cancel: 'none', block: 'blocked' },
  asked: { ask: 'friends', accept: 'friends', decline: 'none', block: 'blocked' },
  friends: { ask: 'friends', accept: 'friends', remove: 'none', block: 'blocked' },
  blocked: { block: 'blocked', unblock: 'none' },
};

/**
 * The other side of a pair. Who has blocked keeps that whatever the other does: an ask of somebody who is blocked looks to
 * them like one that nobody answers. Unblocking ends such an ask.
 */
export const MIRRORED_FRIEND_STATE: Readonly<Record<FriendState, FriendState>> = {
  none: 'none',
  asking: 'asked',
  asked: 'asking',
  friends: 'friends',
  blocked: 'none',
};

/** A party, from the first member to the last. */
export const PARTY_STATES = ['gathering', 'checking', 'ready', 'started', 'ended'] as const;
export type PartyState = (typeof PARTY_STATES)[number];

export const PARTY_EVENTS = ['check', 'confirm', 'fail_check', 'regroup', 'start', 'finish', 'end'] as const;
export type PartyEvent = (typeof PARTY_EVENTS)[number];

/**
 * `regroup`: somebody came or left, so that what was agreed no longer holds. `finish`: the session that the party started
 * is over, or did not come about.
 */
export const PARTY_TABLE: TransitionTable<PartyState, PartyEvent> = {
  gathering: { check: 'checking', regroup: 'gathering', end: 'ended' },
  checking: { confirm: 'ready', fail_check: 'gathering', regroup: 'gathering', end: 'ended' },
  ready: { check: 'checking', start: 'started', fail_check: 'gathering', regroup: 'gathering', end: 'ended' },
  started: { regroup: 'started', finish: 'gathering', end: 'ended' },
  ended: {},
};
