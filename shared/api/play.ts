import { z } from 'zod';
import { endReasonSchema, sessionStateSchema } from '../lifecycles.ts';
import { roleSchema } from '../ticket.ts';
import { endpoint } from './endpoint.ts';

/** Six digits, said over the phone; never starts with 0. */
export const roomNumberSchema = z.string().regex(/^[1-9]\d{5}$/, 'six digits');
export const inviteCodeSchema = z.string().regex(/^[A-Za-z0-9_-]{16}$/, 'sixteen letters and digits');

export const sessionSchema = z.object({
  id: z.uuid(),
  game: z.string(),
  gameTitle: z.string(),
  state: sessionStateSchema,
  region: z.string(),
  roomNumber: roomNumberSchema,
  /** The secret part of the share link: `/join/<inviteCode>`. */
  inviteCode: inviteCodeSchema,
  seats: z.int().positive(),
  endReason: endReasonSchema.nullable(),
  /** ISO 8601. */
  createdAt: z.string(),
});
export type Session = z.infer<typeof sessionSchema>;

export const createSessionRequestSchema = z.object({
  game: z.string().min(1).max(64),
  /** Preferred region; otherwise the one nearest to the request. */
  region: z.string().max(32).optional(),
});

/** By room number or by the code of a share link; exactly one of the two. */
export const joinRequestSchema = z
  .object({
    roomNumber: roomNumberSchema.optional(),
    inviteCode: inviteCodeSchema.optional(),
    role: roleSchema,
  })
  .refine(
    body => (body.roomNumber === undefined) !== (body.inviteCode === undefined),
    'give a room number or an invite code',
  );

/** What lets a player in: open `signalUrl` as a WebSocket and say hello with the ticket. */
export const admissionSchema = z.object({
  session: sessionSchema,
  role: roleSchema,
  seat: z.int().positive().nullable(),
  ticket: z.string(),
  /** Seconds the ticket is good for. */
  ticketExpiresIn: z.int(),
  signalUrl: z.string(),
});
export type Admission = z.infer<typeof admissionSchema>;

/** The caller's session that still runs, with the seat that is kept for them. */
export const currentSessionSchema = z.object({
  current: z
    .object({ session: sessionSchema, role: roleSchema, seat: z.int().positive().nullable() })
    .nullable(),
});

const playing = { tag: 'Playing', access: 'player' } as const;
const sessionParams = z.object({ id: z.uuid() });

export const playApi = {
  create: endpoint({
    ...playing,
    method: 'post',
    path: '/v1/sessions',
    summary: 'Start a game: a slot, a session and a ticket to it, with you as its host',
    idempotent: true,
    body: createSessionRequestSchema,
    status: 201,
    response: admissionSchema,
  }),
  current: endpoint({
    ...playing,
    method: 'get',
    path: '/v1/sessions/current',
    summary: 'My session that still runs and my place in it, or null',
    response: currentSessionSchema,
  }),
  join: endpoint({
    ...playing,
    method: 'post',
    path: '/v1/sessions/join',
    summary: 'Join a session by room number or share link, as player or spectator',
    idempotent: true,
    body: joinRequestSchema,
    response: admissionSchema,
  }),
  get: endpoint({
    ...playing,
    method: 'get',
    path: '/v1/sessions/{id}',
    summary: 'A session that I am or was in',
    params: sessionParams,
    response: sessionSchema,
  }),
  ticket: endpoint({
    ...playing,
    method: 'post',
    path: '/v1/sessions/{id}/tickets',
    summary: 'A fresh ticket for the place that I have',
    params: sessionParams,
    status: 201,
    response: admissionSchema,
  }),
} as const;
