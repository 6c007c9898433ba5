import { z } from 'zod';

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
