import { z } from 'zod';
import type { TransitionTable } from './state-machine.ts';

/** What a club's member may do: an officer admits, kicks and makes tables; the owner also appoints officers and disbands. */
export const CLUB_ROLES = ['owner', 'officer', 'member'] as const;
export type ClubRole = (typeof CLUB_ROLES)[number];
export const clubRoleSchema = z.enum(CLUB_ROLES);

/** How a player stands with a club. Somebody the club has never heard of is a stranger too. */
export const CLUB_STANDINGS = ['stranger', 'applied', 'invited', 'declined', 'member', 'banned'] as const;
export type ClubStanding = (typeof CLUB_STANDINGS)[number];
export const clubStandingSchema = z.enum(CLUB_STANDINGS);

export const CLUB_STANDING_EVENTS = [
  /** The player asks to be let in; who was invited thereby accepts. */
  'apply',
  'withdraw',
  'accept',
  'refuse',
  /** Comes in by an invite link or as the founder. */
  'enter',
  'leave',
  /** An officer asks the player in; who has applied is thereby approved. */
  'invite',
  'uninvite',
  'approve',
  'decline',
  'kick',
  'ban',
  'unban',
  /** The club is no more. */
  'disband',
] as const;
export type ClubStandingEvent = (typeof CLUB_STANDING_EVENTS)[number];

export const CLUB_STANDING_TABLE: TransitionTable<ClubStanding, ClubStandingEvent> = {
  stranger: { apply: 'applied', invite: 'invited', enter: 'member', ban: 'banned' },
  applied: {
    withdraw: 'stranger',
    invite: 'member',
    approve: 'member',
    enter: 'member',
    decline: 'declined',
    ban: 'banned',
    disband: 'stranger',
  },
  invited: {
    apply: 'member',
    accept: 'member',
    enter: 'member',
    refuse: 'stranger',
    uninvite: 'stranger',
    ban: 'banned',
    disband: 'stranger',
  },
  declined: { apply: 'applied', invite: 'invited', enter: 'member', ban: 'banned' },
  member: { leave: 'stranger', kick: 'stranger', ban: 'banned', disband: 'stranger' },
  banned: { unban: 'stranger' },
};

/** Members a club may have; its owner may set it lower. Each change is told to all of them, one message each. */
export const MAX_CLUB_MEMBERS = 300;

/** Tables of a club: as many as fit on one page of its list. */
export const MAX_CLUB_TABLES = 100;

/** Who pays for what is played at a table: the club's owner, or whoever opens the session. */
export const TABLE_PAYERS = ['owner', 'host'] as const;
export type TablePayer = (typeof TABLE_PAYERS)[number];
export const tablePayerSchema = z.enum(TABLE_PAYERS);
