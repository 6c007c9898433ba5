import { z } from 'zod';
import { CHANNELS } from '../lifecycles/builds.ts';
import { MAX_SEATS } from '../manifest.ts';
import { endpoint } from './endpoint.ts';
import { pageQuery } from './page.ts';

export const gameSlugSchema = z
  .string()
  .max(64)
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'lower-case words joined by hyphens');

export const channelSchema = z.enum(CHANNELS);

/** What the host pays: `credits` once a session, or for each minute begun. */
export const priceSchema = z.object({ credits: z.int().nonnegative(), per: z.enum(['session', 'minute']) });
export type Price = z.infer<typeof priceSchema>;

export const gameSchema = z.object({
  slug: z.string(),
  title: z.string(),
  summary: z.string(),
  description: z.string(),
  version: z.string(),
  developer: z.string(),
  tags: z.array(z.string()),
  seats: z.int().positive(),
  price: priceSchema,
  /** Where it may be played; empty: everywhere. */
  regions: z.array(z.string()),
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

export const gameListSchema = z.object({ games: z.array(gameSchema), nextCursor: z.string().nullable() });

export const gameQuerySchema = z.object({
  /** Words that title, summary or tags must all have, in part and in any case. */
  q: z.string().trim().max(100).optional(),
  /** Games for at least so many players. */
  seats: z.coerce.number().int().min(1).max(MAX_SEATS).optional(),
  tag: z.string().max(32).optional(),
  /** Games that may be played there. */
  region: z.string().min(1).max(32).optional(),
  channel: channelSchema.default('stable'),
  ...pageQuery,
});
export type GameQuery = z.output<typeof gameQuerySchema>;

/** A game as its stable channel has it, or the next channel if that has none; and what each channel has. */
export const gameDetailSchema = gameSchema.extend({
  channels: z.array(z.object({ channel: channelSchema, version: z.string() })),
});
export type GameDetail = z.infer<typeof gameDetailSchema>;

const catalogue = { tag: 'Catalogue', access: 'public', revalidate: true } as const;

export const catalogApi = {
  list: endpoint({
    ...catalogue,
    method: 'get',
    path: '/v1/games',
    summary: 'The games that can be played, by title',
    query: gameQuerySchema,
    response: gameListSchema,
  }),
  get: endpoint({
    ...catalogue,
    method: 'get',
    path: '/v1/games/{slug}',
    summary: 'One game',
    params: z.object({ slug: gameSlugSchema }),
    response: gameDetailSchema,
  }),
} as const;
