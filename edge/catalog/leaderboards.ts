import { type SQL, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Database } from '#edge/store/database.ts';
import { gameBuilds, games } from '#edge/store/schema.ts';
import { type Board, boardSchema } from '#shared/leaderboards.ts';

/** A query for the leaderboards of each build: columns game, version, id, keep, better. */
export const boardsOfBuilds: SQL = sql`
  select build.game, build.version, board.id, board.keep, board.better
  from ${gameBuilds} as build,
    jsonb_to_recordset(build.manifest -> 'leaderboards') as board(id text, keep text, better text)`;

/** The leaderboards of the build that players get now; undefined when there is no such game. */
export async function boardsOfGame(db: Database, game: string): Promise<Board[] | undefined> {
  const { rows } = await db.execute<{ boards: unknown }>(sql`
    select coalesce(build.manifest -> 'leaderboards', '[]'::jsonb) as boards
    from ${games} as game
    left join ${gameBuilds} as build on build.game = game.slug and build.version = game.version
    where game.slug = ${game}`);
  const [row] = rows;
  return row === undefined ? undefined : z.array(boardSchema).parse(row.boards);
}
