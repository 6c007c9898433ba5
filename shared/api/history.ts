import { z } from 'zod';
import { boardIdSchema, boardPeriodSchema, boardSchema, scoreSchema } from '../leaderboards.ts';
import { roleSchema } from '../ticket.ts';
import { endpoint } from './endpoint.ts';
import { pageOf, pageQuery, pageQuerySchema } from './page.ts';

/** A session that a player was in. */
export const playSchema = z.object({
  sessionId: z.uuid(),
  game: z.string(),
  region: z.string(),
  role: roleSchema,
  /** ISO 8601. */
  joinedAt: z.string(),
  /** Null while it goes on. */
  leftAt: z.string().nullable(),
  /** Seconds of being there, over all comings and goings. */
  seconds: z.int().nonnegative(),
});
export type Play = z.infer<typeof playSchema>;

const playerRefSchema = z.object({ id: z.uuid(), displayName: z.string() });

/** A match as the game reported it. */
export const matchSchema = z.object({
  id: z.uuid(),
  sessionId: z.uuid(),
  game: z.string(),
  startedAt: z.string(),
  endedAt: z.string(),
  players: z.array(
    z.object({
      user: playerRefSchema,
      seat: z.int().positive(),
      /** 1 is the winner's; null where the game has none. */
      place: z.int().positive().nullable(),
      scores: z.array(z.object({ board: boardIdSchema, value: scoreSchema })),
    }),
  ),
});
export type Match = z.infer<typeof matchSchema>;

export const rankSchema = z.object({
  /** Equal scores share a rank. */
  rank: z.int().positive(),
  user: playerRefSchema,
  value: scoreSchema,
  /** When it was reached, ISO 8601. */
  at: z.string(),
});
export type Rank = z.infer<typeof rankSchema>;

const history = { tag: 'History', method: 'get', access: 'player' } as const;
const gameParams = z.object({ game: z.string().min(1).max(64) });
const boardParams = z.object({ game: z.string().min(1).max(64), board: boardIdSchema });
const period = { period: boardPeriodSchema.default('all') };

export const historyApi = {
  plays: endpoint({
    ...history,
    path: '/v1/history/plays',
    summary: 'The sessions that I was in, newest first',
    query: pageQuerySchema,
    revalidate: true,
    response: pageOf(playSchema),
  }),
  matches: endpoint({
    ...history,
    path: '/v1/history/matches',
    summary: 'The matches that I played, newest first, with their scores',
    query: z.object({ ...pageQuery, game: z.string().max(64).optional() }),
    revalidate: true,
    response: pageOf(matchSchema),
  }),
  boards: endpoint({
    ...history,
    path: '/v1/leaderboards/{game}',
    summary: "A game's leaderboards",
    params: gameParams,
    revalidate: true,
    response: z.object({ boards: z.array(boardSchema) }),
  }),
  ranks: endpoint({
    ...history,
    path: '/v1/leaderboards/{game}/{board}',
    summary: 'A leaderboard, best first: of all time, or of the day or week (UTC) that it is',
    params: boardParams,
    query: z.object({ ...pageQuery, ...period }),
    revalidate: true,
    response: pageOf(rankSchema),
  }),
  myRank: endpoint({
    ...history,
    path: '/v1/leaderboards/{game}/{board}/me',
    summary: 'My rank on a leaderboard, or null',
    params: boardParams,
    query: z.object(period),
    response: z.object({ rank: rankSchema.nullable() }),
  }),
} as const;
