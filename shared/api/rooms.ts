import { z } from 'zod';
import { roleSchema } from '../ticket.ts';
import { VOTE_STATES } from '../votes.ts';
import { endpoint } from './endpoint.ts';
import { pageOf, pageQuerySchema } from './page.ts';
import { roomNumberSchema } from './play.ts';
import { lineSchema } from './text.ts';

export const voteSchema = z.object({
  id: z.uuid(),
  starterId: z.uuid(),
  state: z.enum(VOTE_STATES),
  startedAt: z.string(),
  /** When silence becomes consent. */
  endsAt: z.string(),
  /** Players who have a seat now: they are who votes. */
  seated: z.int().nonnegative(),
  answers: z.array(z.object({ userId: z.uuid(), yes: z.boolean() })),
});
export type Vote = z.infer<typeof voteSchema>;

export const roomSchema = z.object({
  sessionId: z.uuid(),
  roomNumber: roomNumberSchema,
  /** Who decides about the room: who opened it while they have a seat, then the player of the lowest seat. */
  hostId: z.uuid().nullable(),
  locked: z.boolean(),
  listedOnly: z.boolean(),
  members: z.array(
    z.object({
      userId: z.uuid(),
      displayName: z.string(),
      role: roleSchema,
      seat: z.int().positive().nullable(),
    }),
  ),
  /** The vote that is open. */
  vote: voteSchema.nullable(),
  /** When the next vote may be started, after one was rejected. */
  nextVoteAt: z.string().nullable(),
});
export type Room = z.infer<typeof roomSchema>;

export const roomRuleSchema = z.enum(['allowed', 'barred']);
export const ruledPlayerSchema = z.object({
  userId: z.uuid(),
  displayName: z.string(),
  rule: roomRuleSchema,
  since: z.string(),
});

const room = { tag: 'Rooms', access: 'player' } as const;
const roomParams = z.object({ sessionId: z.uuid() });
const playerParams = z.object({ sessionId: z.uuid(), userId: z.uuid() });

export const roomsApi = {
  get: endpoint({
    ...room,
    method: 'get',
    path: '/v1/rooms/{sessionId}',
    summary: "A session's room: who is in it, who may come in, the vote that is open (members)",
    revalidate: true,
    params: roomParams,
    response: roomSchema,
  }),
  change: endpoint({
    ...room,
    method: 'patch',
    path: '/v1/rooms/{sessionId}',
    summary: 'Lock the room, or let in listed players only (host)',
    params: roomParams,
    body: z
      .object({ locked: z.boolean().optional(), listedOnly: z.boolean().optional() })
      .refine(body => body.locked !== undefined || body.listedOnly !== undefined, 'give what is to change'),
    response: roomSchema,
  }),
  rules: endpoint({
    ...room,
    method: 'get',
    path: '/v1/rooms/{sessionId}/players',
    summary: 'Who is allowed in and who was put out (host)',
    params: roomParams,
    query: pageQuerySchema,
    response: pageOf(ruledPlayerSchema),
  }),
  allow: endpoint({
    ...room,
    method: 'put',
    path: '/v1/rooms/{sessionId}/players/{userId}',
    summary: 'List a player as allowed, also one who was put out (host)',
    params: playerParams,
  }),
  forget: endpoint({
    ...room,
    method: 'delete',
    path: '/v1/rooms/{sessionId}/players/{userId}',
    summary: 'Take a player off the list (host)',
    params: playerParams,
  }),
  kick: endpoint({
    ...room,
    method: 'post',
    path: '/v1/rooms/{sessionId}/players/{userId}/kick',
    summary:
      'Put a player or spectator out, for as long as the session lasts or until you allow them again (host)',
    idempotent: true,
    params: playerParams,
    body: z.object({ reason: lineSchema(0, 200).default('') }),
  }),
  invite: endpoint({
    ...room,
    method: 'post',
    path: '/v1/rooms/{sessionId}/players/{userId}/invite',
    summary:
      'Ask a player to come, who is told at once (seated players); the host thereby lists them as allowed',
    params: playerParams,
  }),
  startVote: endpoint({
    ...room,
    method: 'post',
    path: '/v1/rooms/{sessionId}/votes',
    summary: 'Start a vote on dissolving the room, with your own yes (seated players)',
    idempotent: true,
    params: roomParams,
    status: 201,
    response: voteSchema,
  }),
  answerVote: endpoint({
    ...room,
    method: 'put',
    path: '/v1/rooms/{sessionId}/votes/{voteId}/answer',
    summary: 'Say yes or no, or change that while the vote is open (seated players)',
    params: z.object({ sessionId: z.uuid(), voteId: z.uuid() }),
    body: z.object({ yes: z.boolean() }),
    response: voteSchema,
  }),
} as const;
