import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { answerOf, call, newGame, services } from '#edge/testing/platform.ts';
import { gameListSchema } from '#shared/api/catalog.ts';
import { playableBuild } from './playable.ts';

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
      controls: ['Any key', 'Any key'],
    });
  });
});

describe('the build that new sessions get', () => {
  const playable = async (game: string, channel: string) => {
    const { db } = await services();
    return (await db.execute(playableBuild(game, channel))).rows;
  };

  it('is the one of the channel, with its price and its regions', async () => {
    const everywhere = await newGame();
    expect(await playable(everywhere.slug, 'stable')).toEqual([
      { slug: everywhere.slug, version: '1', seats: 2, price: 0, price_unit: 'session', regions: null },
    ]);
    const bound = await newGame(1, { price: 3, priceUnit: 'minute', regions: ['eu-central-1'] });
    expect(await playable(bound.slug, 'stable')).toMatchObject([
      { seats: 1, price: 3, price_unit: 'minute', regions: ['eu-central-1'] },
    ]);
    expect(await playable(bound.slug, 'beta')).toEqual([]);
    expect(await playable('no-such-game', 'stable')).toEqual([]);
  });
});
