import { z } from 'zod';
import { presenceSchema } from './api/presence.ts';
import { voteSchema } from './api/rooms.ts';
import { chatScopeSchema } from './chat.ts';
import { FRIEND_STATES } from './lifecycles/social.ts';
import { endReasonSchema, sessionStateSchema } from './lifecycles.ts';
import { roleSchema } from './ticket.ts';

/**
 * What the player's live socket carries: what happens to the player beside the game itself, whose socket goes to the media
 * node. How it is carried is in shared/live-protocol.ts.
 */

/** Why a player's sockets were cut: the sign-in that they came from has ended, or is kept out. */
export const CUT_REASONS = [
  'signed_out',
  'password_changed',
  'refresh_reused',
  'account_deleted',
  'banned',
  /** Kept out by a list or a mode of the platform: the sign-in goes on, and works again when they are let in again. */
  'access_denied',
] as const;
export type CutReason = (typeof CUT_REASONS)[number];

const userRef = z.object({ id: z.uuid(), displayName: z.string() });

/** What happened. Each capability adds its own here. */
export const liveEventSchema = z.discriminatedUnion('type', [
  /** A friend came, went, or plays another game. */
  z.object({ type: z.literal('presence_changed'), presence: presenceSchema }),
  /** The caller's session that waits for a slot. `waitSeconds` is an estimate; null: no ground for one. */
  z.object({
    type: z.literal('queue_position'),
    sessionId: z.uuid(),
    position: z.int().positive(),
    waitSeconds: z.int().nonnegative().nullable(),
    /** The line stands still for maintenance. */
    paused: z.boolean().default(false),
  }),
  /** Its turn has come: ask for a ticket within the reservation. */
  z.object({ type: z.literal('session_ready'), sessionId: z.uuid() }),
  z.object({
    type: z.literal('session_changed'),
    sessionId: z.uuid(),
    state: sessionStateSchema,
    endReason: endReasonSchema.nullable(),
  }),
  /** The place was taken up on another device of the player: the one of this sign-in (`sid` of its access token). */
  z.object({ type: z.literal('session_taken_over'), sessionId: z.uuid(), signInId: z.uuid() }),
  z.object({
    type: z.literal('seat_offered'),
    sessionId: z.uuid(),
    seat: z.int().positive(),
    from: userRef,
    expiresAt: z.string(),
  }),
  /** Somebody who watches asks the host for a seat. */
  z.object({ type: z.literal('seat_asked'), sessionId: z.uuid(), seat: z.int().positive(), from: userRef }),
  /** The host has said no to the seat that was asked for. */
  z.object({ type: z.literal('seat_denied'), sessionId: z.uuid() }),
  /** What the caller may do in a session that runs was changed. */
  z.object({
    type: z.literal('place_changed'),
    sessionId: z.uuid(),
    role: roleSchema,
    seat: z.int().positive().nullable(),
  }),
  z.object({
    type: z.literal('invited'),
    to: z.enum(['session', 'party', 'club']),
    /** The session's, party's or club's. */
    id: z.uuid(),
    /** What to join with, where it takes a code. */
    code: z.string().nullable(),
    title: z.string(),
    from: userRef,
    expiresAt: z.string().nullable(),
  }),
  z.object({
    type: z.literal('friend_changed'),
    user: userRef,
    /** How the player who is told stands to them now. */
    state: z.enum(FRIEND_STATES),
  }),
  /** Read the party, club or room again: its members, roles, ready check, votes or tables changed. */
  z.object({ type: z.literal('party_changed'), partyId: z.uuid() }),
  /** The leader has started a game: ask for a session by party. */
  z.object({ type: z.literal('party_starting'), partyId: z.uuid(), game: z.string() }),
  z.object({ type: z.literal('club_changed'), clubId: z.uuid() }),
  z.object({ type: z.literal('room_changed'), sessionId: z.uuid() }),
  /** A vote on dissolving the room was started, answered or decided. */
  z.object({ type: z.literal('room_vote'), sessionId: z.uuid(), vote: voteSchema }),
  /** A `seq` that does not follow the last one: read what came after that. */
  z.object({
    type: z.literal('chat_message'),
    scope: chatScopeSchema,
    scopeId: z.uuid(),
    messageId: z.uuid(),
    seq: z.int().positive(),
    from: userRef,
    text: z.string(),
    at: z.string(),
  }),
  z.object({
    type: z.literal('chat_deleted'),
    scope: chatScopeSchema,
    scopeId: z.uuid(),
    messageId: z.uuid(),
    seq: z.int().positive(),
  }),
  /** Credits: what can be spent, and what is held for sessions that run. */
  z.object({ type: z.literal('wallet_changed'), available: z.int(), held: z.int() }),
  /** The session that the player pays for by the minute ends in so many seconds, unless there are more credits by then. */
  z.object({
    type: z.literal('credits_low'),
    sessionId: z.uuid(),
    secondsLeft: z.int().nonnegative(),
  }),
  z.object({
    type: z.literal('announcement'),
    id: z.uuid(),
    text: z.string(),
    level: z.enum(['info', 'warning']),
  }),
  z.object({ type: z.literal('maintenance'), on: z.boolean(), text: z.string().nullable() }),
  /** Of one client: others go on. */
  z.object({ type: z.literal('update_required'), client: z.string(), minimumVersion: z.string() }),
  /** An operator, a host or a party's leader has put the caller out. */
  z.object({
    type: z.literal('kicked'),
    from: z.enum(['session', 'party', 'club', 'platform']),
    reason: z.string(),
  }),
]);
export type LiveEvent = z.infer<typeof liveEventSchema>;
export type LiveEventType = LiveEvent['type'];
