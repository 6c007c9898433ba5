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
export const PARTY_STATES = ['gathering', 'checking', 'ready', 'starting', 'ended'] as const;
export type PartyState = (typeof PARTY_STATES)[number];

export const PARTY_EVENTS = ['check', 'confirm', 'refuse', 'start', 'lapse', 'regroup', 'end'] as const;
export type PartyEvent = (typeof PARTY_EVENTS)[number];

/**
 * `confirm`: the last member has said yes. `lapse`: the time to answer, to start, or to take one's place is over.
 * `regroup`: somebody came or left, so that what was agreed no longer holds; who comes while the party starts comes along.
 */
export const PARTY_TABLE: TransitionTable<PartyState, PartyEvent> = {
  gathering: { check: 'checking', regroup: 'gathering', end: 'ended' },
  checking: {
    confirm: 'ready',
    refuse: 'gathering',
    lapse: 'gathering',
    regroup: 'gathering',
    end: 'ended',
  },
  ready: {
    check: 'checking',
    refuse: 'gathering',
    start: 'starting',
    lapse: 'gathering',
    regroup: 'gathering',
    end: 'ended',
  },
  starting: { check: 'checking', lapse: 'gathering', regroup: 'starting', end: 'ended' },
  ended: {},
};

/** States that last until a deadline only. */
export const TIMED_PARTY_STATES = ['checking', 'ready', 'starting'] as const satisfies PartyState[];
