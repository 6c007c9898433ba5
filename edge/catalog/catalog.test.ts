import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { api, call, codeOf, newGame, services, unique } from '#edge/testing/platform.ts';
import { catalogApi } from '#shared/api/catalog.ts';
import type { GameManifest } from '#shared/manifest.ts';
import { playableBuild } from './playable.ts';

const list = async (query: Record<string, unknown>) => (await api(catalogApi.list, { query })).games;
const slugs = async (query: Record<string, unknown>) => (await list(query)).map(game => game.slug);

/** Changes the manifest of a game's one build. */
async function describeAs(game: { slug: string }, fields: Partial<GameManifest>): Promise<void> {
  const { db } = await services();
  await db.execute(sql`
    update game_builds set manifest = manifest || ${JSON.stringify(fields)}::jsonb where game = ${game.slug}`);
}

describe('the catalogue', () => {
  it('lists the games that are shown, to everybody', async () => {
    const [shown, hidden] = [await newGame(), await newGame()];
    const word = unique('word').replaceAll('-', '');
    for (const game of [shown, hidden]) await describeAs(game, { title: word, summary: 'Fun', tags: [] });
    const { db } = await services();
    await db.execute(sql`update games set published = false where slug = ${hidden.slug}`);
    const games = await list({ q: word });
    const found = games.map(game => game.slug);
    expect(found).toContain(shown.slug);
    expect(found).not.toContain(hidden.slug);
    expect(games.find(game => game.slug === shown.slug)).toMatchObject({
      seats: 2,
      price: { credits: 0, per: 'session' },
      picture: { width: 640, height: 360, fps: 60 },
      controls: ['Any key', 'Any key'],
    });
  });

  it('finds by parts of words in title, summary and tags, whatever their case, and by all of them', async () => {
    const word = unique('word').replaceAll('-', '');
    const game = await newGame();
    await describeAs(game, { title: `The ${word} Returns`, summary: 'Fast 100% fun', tags: ['puzzle'] });
    expect(await slugs({ q: word.toUpperCase() })).toEqual([game.slug]);
    expect(await slugs({ q: `${word.slice(2)} 100% PUZZ ret` })).toEqual([game.slug]);
    expect(await slugs({ q: `${word} 100_` })).toEqual([]);
    expect(await slugs({ q: `${word} absent` })).toEqual([]);
    expect(await slugs({ q: word, tag: 'puzzle' })).toEqual([game.slug]);
    expect(await slugs({ q: word, tag: 'puzz' })).toEqual([]);
  });

  it('finds by seats, region and channel', async () => {
    const word = unique('word').replaceAll('-', '');
    const [alone, four] = [await newGame(1), await newGame(4, { regions: ['eu-central-1'] })];
    for (const game of [alone, four]) await describeAs(game, { title: `${word} ${game.slug}` });
    expect(await slugs({ q: word, seats: 2 })).toEqual([four.slug]);
    expect((await slugs({ q: word, region: 'eu-central-1' })).sort()).toEqual([alone.slug, four.slug].sort());
    expect(await slugs({ q: word, region: 'us-east-1' })).toEqual([alone.slug]);
    expect(await slugs({ q: word, channel: 'beta' })).toEqual([]);
  });

  it('pages by title without losing or repeating a game, also among equal titles', async () => {
    const word = unique('word').replaceAll('-', '');
    const made = await Promise.all(Array.from({ length: 5 }, () => newGame()));
    const titles = [`b ${word}`, `A ${word}`, `b ${word}`, `C ${word}`, `b ${word}`];
    for (const [index, game] of made.entries()) await describeAs(game, { title: titles[index] ?? '' });
    const got: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await api(catalogApi.list, { query: { q: word, limit: 2, cursor } });
      expect(page.games.length).toBeLessThanOrEqual(2);
      got.push(...page.games.map(game => game.title.slice(0, 1)));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(got).toEqual(['A', 'b', 'b', 'b', 'C']);
  });

  it('names the field of a wrong query', async () => {
    for (const [query, field] of [
      ['seats=0', 'seats'],
      ['channel=alpha', 'channel'],
      [`q=${'x'.repeat(101)}`, 'q'],
      ['cursor=nonsense', 'cursor'],
    ]) {
      const answer = await call('GET', `/v1/games?${query}`);
      expect(answer.status).toBe(400);
      expect(await answer.text()).toContain(field);
    }
  });

  it('shows one game, and nothing new to who knows it already', async () => {
    const game = await newGame();
    const first = await call('GET', `/v1/games/${game.slug}`);
    expect(await first.json()).toMatchObject({
      slug: game.slug,
      channels: [{ channel: 'stable', version: '1' }],
    });
    const etag = first.headers.get('etag') ?? '';
    const again = await call('GET', `/v1/games/${game.slug}`, { headers: { 'If-None-Match': etag } });
    expect(again.status).toBe(304);
    await describeAs(game, { summary: 'Changed' });
    const changed = await call('GET', `/v1/games/${game.slug}`, { headers: { 'If-None-Match': etag } });
    expect(await changed.json()).toMatchObject({ summary: 'Changed' });
    expect(await codeOf(call('GET', '/v1/games/no-such-game'))).toBe('game_not_found');
    expect(await codeOf(call('GET', '/v1/games/No_Slug'))).toBe('invalid_request');
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
      {
        slug: everywhere.slug,
        title: everywhere.slug,
        version: '1',
        seats: 2,
        price: 0,
        price_unit: 'session',
        regions: null,
      },
    ]);
    const bound = await newGame(1, { price: 3, priceUnit: 'minute', regions: ['eu-central-1'] });
    expect(await playable(bound.slug, 'stable')).toMatchObject([
      { seats: 1, price: 3, price_unit: 'minute', regions: ['eu-central-1'] },
    ]);
    expect(await playable(bound.slug, 'beta')).toEqual([]);
    expect(await playable('no-such-game', 'stable')).toEqual([]);
  });
});
