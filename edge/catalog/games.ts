import { asc, eq } from 'drizzle-orm';
import type { Database } from '#edge/store/database.ts';
import { games } from '#edge/store/schema.ts';
import type { Game } from '#shared/api/catalog.ts';

/** The published games by title. */
export async function listGames(db: Database): Promise<Game[]> {
  const rows = await db.select().from(games).where(eq(games.published, true)).orderBy(asc(games.title));
  return rows.map(row => ({
    slug: row.slug,
    title: row.title,
    summary: row.summary,
    description: row.description,
    version: row.version,
    seats: row.seats,
    picture: { width: row.width, height: row.height, fps: row.fps },
    pointer: row.pointer,
    cover: row.cover,
    accent: row.accent,
    controls: row.controls,
  }));
}

/** Whether a game can be started at all. */
export async function isPublished(db: Database, slug: string): Promise<boolean> {
  const [row] = await db.select({ published: games.published }).from(games).where(eq(games.slug, slug));
  return row?.published ?? false;
}
