import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { answerOf, call, newGame, services } from '#edge/testing/platform.ts';
import { gameListSchema } from '#shared/api/catalog.ts';

describe('the catalogue', () => {
  it('lists the games that are shown, to everybody', async () => {
    const [shown, hidden] = [await newGame(), await newGame()];
    const { db } = await services();
    await db.execute(sql`update games set published = false where slug = ${hidden.slug}`);
    const { games } = await answerOf(gameListSchema, call('GET', '/v1/games'));
    const slugs = games.map(game => game.slug);
    expect(slugs).toContain(shown.slug);
    expect(slugs).not.toContain(hidden.slug);
    expect(games.find(game => game.slug === shown.slug)).toMatchObject({
      seats: 2,
      picture: { width: 640, height: 360, fps: 60 },
      controls: [],
    });
  });
});
