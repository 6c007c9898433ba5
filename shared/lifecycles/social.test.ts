import { describe, expect, it } from 'vitest';
import { legalMoves, moves } from '../testing/transitions.ts';
import {
  FRIEND_EVENTS,
  FRIEND_STATES,
  FRIEND_TABLE,
  MIRRORED_FRIEND_STATE,
  PARTY_EVENTS,
  PARTY_STATES,
  PARTY_TABLE,
} from './social.ts';

/** Every legal move, written out again by hand: a change of a table must be made twice, on purpose. */
const LEGAL = {
  friend: `none ask asking, none decline none, none cancel none, none remove none, none block blocked, none unblock none,
    asking ask asking, asking cancel none, asking block blocked,
    asked ask friends, asked accept friends, asked decline none, asked block blocked,
    friends ask friends, friends accept friends, friends remove none, friends block blocked,
    blocked block blocked, blocked unblock none`,
  party: `gathering check checking, gathering regroup gathering, gathering end ended,
    checking confirm ready, checking refuse gathering, checking lapse gathering, checking regroup gathering,
    checking end ended,
    ready check checking, ready refuse gathering, ready start starting, ready lapse gathering, ready regroup gathering,
    ready end ended,
    starting check checking, starting lapse gathering, starting regroup starting, starting end ended`,
};

describe('social lifecycles', () => {
  it('take each legal move between two players and refuse every other', () => {
    expect(legalMoves(FRIEND_STATES, FRIEND_EVENTS, FRIEND_TABLE)).toEqual(moves(LEGAL.friend));
  });

  it('take each legal move of a party and refuse every other', () => {
    expect(legalMoves(PARTY_STATES, PARTY_EVENTS, PARTY_TABLE)).toEqual(moves(LEGAL.party));
  });

  it('mirror back to the same state wherever both sides see something', () => {
    for (const state of FRIEND_STATES.filter(state => state !== 'blocked')) {
      expect(MIRRORED_FRIEND_STATE[MIRRORED_FRIEND_STATE[state]]).toBe(state);
    }
  });
});
