import { z } from 'zod';
import { endpoint } from './endpoint.ts';

export const gameSchema = z.object({
  slug: z.string(),
  title: z.string(),
  summary: z.string(),
  description: z.string(),
  version: z.string(),
  seats: z.int().positive(),
  picture: z.object({ width: z.int(), height: z.int(), fps: z.number() }),
  pointer: z.enum(['none', 'absolute', 'relative']),
  /** Path of the cover picture on this origin. */
  cover: z.string(),
  /** CSS colour for the card. */
  accent: z.string(),
  /** Controls of each seat, for people. */
  controls: z.array(z.string()),
});
export type Game = z.infer<typeof gameSchema>;

export const gameListSchema = z.object({ games: z.array(gameSchema) });

export const catalogApi = {
  list: endpoint({
    tag: 'Catalogue',
    method: 'get',
    path: '/v1/games',
    summary: 'The games that can be played, by title',
    access: 'public',
    response: gameListSchema,
  }),
} as const;
