import { and, eq } from 'drizzle-orm';
import type { Database } from '#edge/store/database.ts';
import { games } from '#edge/store/schema.ts';
import { NearcadeError } from '#shared/errors.ts';

/** How many can play the game at once. Throws `game_not_found`, also when it is not shown. */
export async function seatsOfGame(db: Database, slug: string): Promise<number> {
  const [found] = await db
    .select({ seats: games.seats })
    .from(games)
    .where(and(eq(games.slug, slug), eq(games.published, true)));
  if (found === undefined) throw new NearcadeError('game_not_found');
  return found.seats;
}
