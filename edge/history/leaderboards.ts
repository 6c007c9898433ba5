import { type SQL, sql } from 'drizzle-orm';
import { z } from 'zod';
import { profilesOf } from '#edge/accounts/profiles.ts';
import { boardsOfGame } from '#edge/catalog/leaderboards.ts';
import type { Services } from '#edge/services.ts';
import { decodeCursor, toPage } from '#edge/store/cursor.ts';
import type { Database } from '#edge/store/database.ts';
import { leaderboardEntries } from '#edge/store/schema.ts';
import type { Rank } from '#shared/api/history.ts';
import type { Page } from '#shared/api/page.ts';
import { NearcadeError } from '#shared/errors.ts';
import { type Board, type BoardPeriod, periodKey } from '#shared/leaderboards.ts';
import { iso } from './plays.ts';

/** How long the boards of past days and weeks are kept. */
const KEEP_S = 90 * 24 * 3600;

export interface BoardAddress {
  game: string;
  board: string;
  period: BoardPeriod;
}

const cursorSchema = z.tuple([z.int(), z.uuid()]);
const rowSchema = z.object({ rank: z.int(), userId: z.uuid(), value: z.coerce.number(), at: z.string() });

/** Throws `game_not_found`. */
export async function listBoards(db: Database, game: string): Promise<Board[]> {
  const boards = await boardsOfGame(db, game);
  if (boards === undefined) throw new NearcadeError('game_not_found');
  return boards;
}

/** A page of a board, best first; who has the same score comes in no telling order. Throws `game_not_found` or `not_found`. */
export async function listRanks(
  services: Services,
  address: BoardAddress,
  { cursor, limit }: { cursor?: string | undefined; limit: number },
): Promise<Page<Rank>> {
  const after = decodeCursor(cursorSchema, cursor);
  const rest =
    after === undefined ? sql`true` : sql`(rank, user_id) > (${after[0]}::bigint, ${after[1]}::uuid)`;
  const ranks = await selectRanks(services, address, sql`${rest} order by rank, user_id limit ${limit + 1}`);
  return toPage(ranks, limit, ({ rank, user }) => [rank, user.id]);
}

export async function rankOf(
  services: Services,
  address: BoardAddress,
  userId: string,
): Promise<Rank | null> {
  const [rank] = await selectRanks(services, address, sql`user_id = ${userId}::uuid`);
  return rank ?? null;
}

export async function deleteOldEntries(db: Database): Promise<void> {
  await db.execute(sql`
    delete from ${leaderboardEntries}
    where period <> 'all' and at < now() - make_interval(secs => ${KEEP_S}::float8)`);
}

async function selectRanks(
  { db, now }: Services,
  { game, board, period }: BoardAddress,
  where: SQL,
): Promise<Rank[]> {
  const found = (await listBoards(db, game)).find(({ id }) => id === board);
  if (found === undefined) throw new NearcadeError('not_found', `${game} has no leaderboard ${board}`);
  const direction = found.keep === 'best' && found.better === 'lower' ? sql`asc` : sql`desc`;
  const { rows } = await db.execute(sql`
    select rank::int, user_id as "userId", value, ${iso(sql`at`)} as at
    from (
      select rank() over (order by value ${direction}) as rank, user_id, value, at
      from ${leaderboardEntries}
      where game = ${game} and board = ${board} and period = ${periodKey(period, now())}) as ranked
    where ${where}`);
  const ranks = z.array(rowSchema).parse(rows);
  const names = await profilesOf(
    db,
    ranks.map(({ userId }) => userId),
  );
  return ranks.map(({ userId: id, ...rank }) => ({
    ...rank,
    user: { id, displayName: names.get(id)?.displayName ?? '' },
  }));
}
