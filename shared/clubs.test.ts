import { describe, expect, it } from 'vitest';
import { CLUB_STANDING_EVENTS, CLUB_STANDING_TABLE, CLUB_STANDINGS } from './clubs.ts';
import { legalMoves, moves } from './testing/transitions.ts';

/** Every legal move, written out again by hand: a change of the table must be made twice, on purpose. */
const LEGAL = moves(`
  stranger apply applied, stranger invite invited, stranger enter member, stranger ban banned,
  applied withdraw stranger, applied invite member, applied approve member, applied enter member,
  applied decline declined, applied ban banned, applied disband stranger,
  invited apply member, invited accept member, invited enter member, invited refuse stranger,
  invited uninvite stranger, invited ban banned, invited disband stranger,
  declined apply applied, declined invite invited, declined enter member, declined ban banned,
  member leave stranger, member kick stranger, member ban banned, member disband stranger,
  banned unban stranger`);

describe('how a player stands with a club', () => {
  it('takes each legal move and refuses every other', () => {
    expect(legalMoves(CLUB_STANDINGS, CLUB_STANDING_EVENTS, CLUB_STANDING_TABLE)).toEqual(LEGAL);
  });
});
