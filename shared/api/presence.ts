import { z } from 'zod';
import { endpoint } from './endpoint.ts';

export const PRESENCE_STATUSES = ['online', 'playing', 'watching'] as const;

export const presenceSchema = z.object({
  userId: z.uuid(),
  status: z.enum([...PRESENCE_STATUSES, 'offline']),
  /** Set while playing or watching. */
  sessionId: z.uuid().nullable(),
  game: z.string().nullable(),
  /** ISO 8601; null when offline. */
  since: z.string().nullable(),
});
export type Presence = z.infer<typeof presenceSchema>;

export const putPresenceRequestSchema = z.object({
  status: z.enum(PRESENCE_STATUSES),
  sessionId: z.uuid().nullable().default(null),
});

export const putPresenceResponseSchema = z.object({
  /** Seconds until it expires unless renewed. */
  expiresIn: z.int(),
});

const presence = { tag: 'Presence', access: 'player' } as const;

export const presenceApi = {
  put: endpoint({
    ...presence,
    method: 'put',
    path: '/v1/presence',
    summary: 'Say that I am here; expires unless renewed',
    body: putPresenceRequestSchema,
    response: putPresenceResponseSchema,
  }),
  get: endpoint({
    ...presence,
    method: 'get',
    path: '/v1/presence/{userId}',
    summary: 'Where a player is',
    params: z.object({ userId: z.uuid() }),
    response: presenceSchema,
  }),
} as const;
