import { z } from 'zod';
import { endpoint } from './endpoint.ts';

export const PRESENCE_STATUSES = ['online', 'playing', 'watching'] as const;

/** Where a player says, on one device, that they are. */
export const presencePlaceSchema = z.object({
  status: z.enum(PRESENCE_STATUSES),
  /** The session that is played or watched. */
  sessionId: z.uuid().nullable(),
  /** Whether friends are welcome in it. */
  joinable: z.boolean(),
});
export type PresencePlace = z.infer<typeof presencePlaceSchema>;

export const presenceSchema = z.object({
  userId: z.uuid(),
  status: z.enum([...PRESENCE_STATUSES, 'offline']),
  /** Set while playing or watching. */
  sessionId: z.uuid().nullable(),
  game: z.string().nullable(),
  joinable: z.boolean(),
  /** ISO 8601; null when offline. */
  since: z.string().nullable(),
});
export type Presence = z.infer<typeof presenceSchema>;

/** Players asked about at once: a full list of friends takes two requests. */
export const PRESENCE_MAX_IDS = 100;

const UUID = '[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}';

export const presenceApi = {
  /** Only friends and oneself are answered; members of a party or club are seen in its own answers. */
  list: endpoint({
    tag: 'Presence',
    access: 'player',
    method: 'get',
    path: '/v1/presence',
    summary: 'Where friends are, and oneself; others are left out',
    query: z.object({
      ids: z
        .string()
        .regex(
          new RegExp(`^${UUID}(?:,${UUID}){0,${PRESENCE_MAX_IDS - 1}}$`),
          `1 to ${PRESENCE_MAX_IDS} ids with commas between them`,
        ),
    }),
    response: z.object({ presences: z.array(presenceSchema) }),
  }),
} as const;
