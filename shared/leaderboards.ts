import { z } from 'zod';

/** What a board keeps of a player's scores: the best one, the latest one, or all of them summed. */
export const BOARD_KEEPS = ['best', 'latest', 'sum'] as const;
export const BOARD_PERIODS = ['all', 'week', 'day'] as const;
export const boardPeriodSchema = z.enum(BOARD_PERIODS);
export type BoardPeriod = z.infer<typeof boardPeriodSchema>;

export const boardIdSchema = z
  .string()
  .max(32)
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'must be lower-case words joined by hyphens');

/** A leaderboard of a game, in its manifest. */
export const boardSchema = z.strictObject({
  id: boardIdSchema,
  title: z.string().trim().min(1).max(60),
  keep: z.enum(BOARD_KEEPS),
  /** `lower` for times and strokes. */
  better: z.enum(['higher', 'lower']).default('higher'),
});
export type Board = z.infer<typeof boardSchema>;

/** Boards of one game: more than anybody looks at. */
export const MAX_BOARDS = 10;

/** A score: what JSON carries exactly (RFC 8259, 6). */
export const scoreSchema = z.int();

/** The period that a moment falls into, as the boards are kept: `all`, `day:2026-11-21`, `week:2026-W47` (ISO 8601, UTC). */
export function periodKey(period: BoardPeriod, at: Date): string {
  if (period === 'all') return 'all';
  if (period === 'day') return `day:${at.toISOString().slice(0, 10)}`;
  const { year, week } = isoWeek(at);
  return `week:${year}-W${String(week).padStart(2, '0')}`;
}

/** ISO 8601: weeks begin on Monday; the first of a year is the one with its first Thursday. */
function isoWeek(at: Date): { year: number; week: number } {
  const day = new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()));
  day.setUTCDate(day.getUTCDate() + 4 - (day.getUTCDay() || 7));
  const year = day.getUTCFullYear();
  const days = (day.getTime() - Date.UTC(year, 0, 1)) / 86_400_000;
  return { year, week: Math.floor(days / 7) + 1 };
}
